import Bytes
import Channels

// Flow control (RFC 9113 §5.2): how much each end may send, and when it may send nothing.
extension HTTP2Session {
    /// Streams whose stalls are followed at a time.
    private static let stalledLimit = 256

    /// Counts the payload of a DATA frame against the windows.
    @inline(__always)
    func count(_ length: Int, of stream: UInt32, _ direction: Direction, _ output: inout LayerOutput) {
        guard isWhole, length > 0 else { return }
        let initial = withHalf(direction.opposite) { $0.settings.initialWindow }
        let left = withHalf(direction) { half in
            half.window? -= Int64(length)
            return half.window
        }
        if let left, left <= 0 { noteConnection(left, of: stream, direction, &output) }
        guard let index = streams.index(forKey: stream), streams.values[index].hasCredit else { return }
        streams.values[index].credit[direction] -= Int64(length)
        let window = initial + streams.values[index].credit[direction]
        if window <= 0 { note(window, of: stream, direction, &output) }
    }

    private func noteConnection(_ left: Int64, of stream: UInt32, _ direction: Direction, _ output: inout LayerOutput) {
        if left < 0 {
            output.note(
                StreamOddity(.windowExceeded, expected: "no more than the window of the connection", found: "\(Self.bytes(-left)) more"),
                of: UInt64(stream), direction)
        }
        if !withHalf(direction, { $0.isStalled }) {
            withHalf(direction) { $0.isStalled = true }
            output.stall(true, direction)
        }
    }

    private func note(_ window: Int64, of stream: UInt32, _ direction: Direction, _ output: inout LayerOutput) {
        if window < 0, initialWindowWasNeverLower(direction.opposite) {
            output.note(
                StreamOddity(.windowExceeded, expected: "no more than the window of the stream", found: "\(Self.bytes(-window)) more"),
                of: UInt64(stream), direction)
        }
        guard streams[stream]?.stalled[direction] == false, stalledStreams.count < Self.stalledLimit else { return }
        streams[stream]?.stalled[direction] = true
        stalledStreams.insert(stream)
        output.stall(true, of: UInt64(stream), direction)
    }

    /// A window that was made smaller may be negative, and what was on its way then is no fault (RFC 9113 §6.9.2).
    private func initialWindowWasNeverLower(_ direction: Direction) -> Bool { withHalf(direction) { !$0.settings.hasLoweredWindow } }

    private static func bytes(_ count: Int64) -> String { count == 1 ? "1 byte" : "\(count) bytes" }

    /// WINDOW_UPDATE from the receiver.
    func widen(_ stream: UInt32, by increment: Int64, _ direction: Direction, _ output: inout LayerOutput) {
        let sender = direction.opposite
        guard stream > 0 else {
            let isOpen = withHalf(sender) { half in
                half.window? += increment
                defer { if half.window ?? 1 > 0 { half.isStalled = false } }
                return half.isStalled && half.window ?? 1 > 0
            }
            if isOpen { output.stall(false, sender) }
            return
        }
        streams[stream]?.credit[sender] += increment
        if streams[stream]?.stalled[sender] == true { wake(stream, sender, &output) }
    }

    /// The receiver gave room to all streams.
    func wakeStalled(_ sender: Direction, _ output: inout LayerOutput) {
        for stream in stalledStreams.sorted() where streams[stream]?.stalled[sender] == true { wake(stream, sender, &output) }
    }

    private func wake(_ stream: UInt32, _ sender: Direction, _ output: inout LayerOutput) {
        guard let state = streams[stream] else { return }
        let initial = withHalf(sender.opposite) { $0.settings.initialWindow }
        guard initial + state.credit[sender] > 0 else { return }
        streams[stream]?.stalled[sender] = false
        if !state.stalled[sender.opposite] { stalledStreams.remove(stream) }
        output.stall(false, of: UInt64(stream), sender)
    }
}
