/// Something outside that says what messages mean: a line of JSON for each, and one that answers it.
public protocol MessageProgram: AnyObject {
    /// What answers a line, without its end; nil once there is nothing more to be expected.
    func answer(to line: Span<UInt8>) -> [UInt8]?
}
