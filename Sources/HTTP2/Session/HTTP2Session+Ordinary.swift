import Bytes
import Channels

// Whole DATA frames with nothing but content: nearly all frames there are.
extension HTTP2Session {
    public func takeOrdinary(_ bytes: Span<UInt8>, from direction: Direction, into made: inout ByteBuffer) -> OrdinaryUnit? {
        guard let header = FrameHeader(bytes, at: 0), header.type == FrameType.data.rawValue, header.flags == 0, header.length > 0,
            header.length <= 16_384, header.length <= bytes.count - FrameHeader.byteCount
        else { return nil }
        let isTaken =
            direction == .fromLow
            ? fromLow.takeOrdinary(header, of: &streams, direction, window: fromHigh.settings.initialWindow)
            : fromHigh.takeOrdinary(header, of: &streams, direction, window: fromLow.settings.initialWindow)
        guard isTaken else { return nil }
        let end = FrameHeader.byteCount + header.length
        return OrdinaryUnit(byteCount: end, content: FrameHeader.byteCount..<end, stream: UInt64(header.stream))
    }
}

extension Half {
    /// Counts a DATA frame of a stream that is open and has room for it; false for any other, and then nothing has changed.
    @inline(__always)
    fileprivate mutating func takeOrdinary(
        _ header: FrameHeader, of streams: inout [UInt32: StreamState], _ direction: Direction, window initial: Int64
    ) -> Bool {
        guard case .frames = stage, payload == nil, !isSkippingBlock, let index = streams.index(forKey: header.stream) else { return false }
        return take(header.length, of: &streams.values[index], direction, window: initial)
    }

    @inline(__always)
    private mutating func take(_ length: Int, of stream: inout StreamState, _ direction: Direction, window initial: Int64) -> Bool {
        guard !stream.ended[direction], !stream.isPushed, stream.gapCount[direction] == gapCount else { return false }
        let length = Int64(length)
        if let window {
            guard window > length else { return false }
            if stream.hasCredit {
                guard initial + stream.credit[direction] > length else { return false }
                stream.credit[direction] -= length
            }
            self.window = window - length
        }
        tally.dataCount &+= 1
        tally.dataByteCount &+= UInt64(truncatingIfNeeded: length)
        return true
    }
}
