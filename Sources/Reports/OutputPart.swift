/// A report on one of several captures that are read each by itself; joined in order, the parts are one output.
public struct OutputPart: Sendable {
    /// The capture, as it was named.
    public var source: String
    public var isFirst: Bool

    public init(source: String, isFirst: Bool) {
        self.source = source
        self.isFirst = isFirst
    }
}
