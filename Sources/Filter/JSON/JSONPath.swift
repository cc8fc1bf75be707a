/// A place in a JSON text: `a.b[0]`.
struct JSONPath: Equatable, Sendable {
    enum Step: Equatable, Sendable {
        /// UTF-8, escapes resolved.
        case member([UInt8])
        case element(Int)
    }

    var steps: [Step] = []
}
