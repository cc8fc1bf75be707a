/// A place in a JSON text: `a.b[0]`; with `[*]`, several places.
public struct JSONPath: Equatable, Sendable {
    public enum Step: Equatable, Sendable {
        /// UTF-8, escapes resolved.
        case member([UInt8])
        case element(Int)
        /// Each element in turn.
        case anyElement
    }

    public var steps: [Step] = []

    public init() {}

    /// Steps to each element that a path may have; `JSONScanner` has room to come back to so many.
    public static let anyElementLimit = 8
}
