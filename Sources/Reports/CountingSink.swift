import Inspection

/// A report that counts the frames it has shown, and has enough of them at some point.
public protocol CountingSink: EventSink, ~Copyable {
    var shownCount: UInt64 { get }
    /// Frames after which it has enough.
    var frameLimit: UInt64 { get set }
}

extension CountingSink where Self: ~Copyable {
    public var hasEnough: Bool { shownCount >= frameLimit }
}
