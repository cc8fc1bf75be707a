/// A place in a JSON text: `a.b[0]`; with `[*]`, several places.
struct JSONPath: Equatable, Sendable {
    enum Step: Equatable, Sendable {
        /// UTF-8, escapes resolved.
        case member([UInt8])
        case element(Int)
        /// Each element in turn.
        case anyElement
    }

    var steps: [Step] = []

    /// Steps to each element that a path may have; `JSONScanner` has room to come back to so many.
    static let anyElementLimit = 8
}
