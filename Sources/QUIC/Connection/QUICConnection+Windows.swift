import Bytes
import Channels

// Flow control (RFC 9000 §4): how much each end may send, and when it may send nothing.
extension QUICConnection {
    /// What the receiver of a direction announced for new streams; nil where its parameters are not known.
    func initialLimit(of id: UInt64, _ direction: Direction) -> UInt64? {
        guard let parameters = sender(direction.opposite).parameters else { return nil }
        let kind = StreamKind(id: id)
        if kind.isOneWay { return parameters.maxStreamDataOfOne }
        let isReceivers = kind.isServers == (direction == client)
        return isReceivers ? parameters.maxStreamDataOfOwn : parameters.maxStreamDataOfOther
    }

    /// Notes when a sender has used up what it may send, given that it has more.
    @inline(__always)
    func noteWindow(of stream: QUICStream, _ sender: Sender, _ output: inout LayerOutput) {
        if let limit = sender.maxData, sender.dataCount >= limit, !sender.isStalled {
            sender.isStalled = true
            output.stall(true, sender.direction)
        }
        let isStalled = stream.withHalf(sender.direction) { half in
            guard let limit = half.limit, half.highest >= limit, !half.isStalled, half.finalSize == nil else { return false }
            half.isStalled = true
            return true
        }
        if isStalled { output.stall(true, of: stream.id, sender.direction) }
    }

    /// MAX_DATA of a receiver, or DATA_BLOCKED of a sender.
    func takeWindow(_ type: UInt64, _ reader: inout WireReader, _ packet: Packet, _ output: inout LayerOutput) -> Bool {
        guard let limit = reader.number() else { return false }
        if type == FrameType.dataBlocked {
            let sender = sender(packet.direction)
            guard !sender.isStalled, limit >= sender.maxData ?? 0 else { return true }
            sender.isStalled = true
            output.stall(true, sender.direction)
            return true
        }
        let sender = sender(packet.direction.opposite)
        guard limit > sender.maxData ?? 0 else { return true }
        sender.maxData = limit
        guard sender.isStalled, sender.dataCount < limit else { return true }
        sender.isStalled = false
        output.stall(false, sender.direction)
        return true
    }

    /// MAX_STREAM_DATA of a receiver, or STREAM_DATA_BLOCKED of a sender.
    func takeStreamWindow(_ type: UInt64, _ reader: inout WireReader, _ packet: Packet, _ output: inout LayerOutput) -> Bool {
        guard let id = reader.number(), let limit = reader.number() else { return false }
        let isBlocked = type == FrameType.streamDataBlocked
        let direction = isBlocked ? packet.direction : packet.direction.opposite
        guard let stream = streams.known(id) else { return true }
        let change = stream.withHalf(direction) { half -> Bool? in
            if half.isOver || limit < half.limit ?? 0 { return nil }
            if isBlocked {
                guard !half.isStalled else { return nil }
                half.isStalled = true
                return true
            }
            half.limit = limit
            guard half.isStalled, half.highest < limit else { return nil }
            half.isStalled = false
            return false
        }
        if let change { output.stall(change, of: id, direction) }
        return true
    }
}
