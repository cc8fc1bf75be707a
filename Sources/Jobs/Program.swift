/// A program to run, with all that it is given.
public struct Program: Sendable {
    public var path: String
    /// The name that it is called by first, as in C.
    public var arguments: [String]
    /// `NAME=value` each.
    public var environment: [String]

    public init(path: String, arguments: [String], environment: [String]) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
    }
}

/// How a job ended.
public enum Ending: Equatable, Sendable {
    /// By itself, with this status.
    case status(Int32)
    /// By a signal that it did not expect.
    case signal(Int32)
    /// It never began, and why.
    case notStarted(String)
}
