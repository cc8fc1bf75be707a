import Bytes
import Channels

// What the receiver of packets says about them (RFC 9000 §19.3).
extension QUICConnection {
    func takeAcknowledgement(
        _ reader: inout WireReader, _ packet: Packet, hasECN: Bool, into output: inout LayerOutput
    ) -> Bool {
        // Both cases are written out: choosing one of two objects would count references.
        packet.direction == .fromLow
            ? takeAcknowledgement(&reader, packet, of: fromHigh, hasECN: hasECN, &output)
            : takeAcknowledgement(&reader, packet, of: fromLow, hasECN: hasECN, &output)
    }

    private func takeAcknowledgement(
        _ reader: inout WireReader, _ packet: Packet, of peer: Sender, hasECN: Bool, _ output: inout LayerOutput
    ) -> Bool {
        guard let largest = reader.number(), reader.number() != nil, let rangeCount = reader.number(), let first = reader.number(),
            first <= largest
        else { return false }
        var low = largest - first
        acknowledge(low..<largest + 1, of: peer, packet, largest: largest, &output)
        // Each range takes two bytes at least, so that their number is bounded by those of the packet.
        for _ in 0..<min(rangeCount, UInt64(reader.remaining)) {
            guard let gap = reader.number(), let length = reader.number() else { return false }
            guard low >= gap + 2, low - gap - 2 >= length else { return false }
            let high = low - gap - 2
            low = high - length
            acknowledge(low..<high + 1, of: peer, packet, largest: largest, &output)
        }
        guard hasECN else { return true }
        return reader.number() != nil && reader.number() != nil && reader.number() != nil
    }

    @inline(__always)
    private func acknowledge(
        _ range: Range<UInt64>, of peer: Sender, _ packet: Packet, largest: UInt64, _ output: inout LayerOutput
    ) {
        switch packet.level {
        case .initial: peer.initial.acknowledge(range) { _ in }
        case .handshake: peer.handshake.acknowledge(range) { _ in }
        case .earlyData: break
        case .application:
            peer.application.acknowledge(range) { new in
                peer.sent.acknowledge(new) { piece in
                    if piece.number == largest, peer.timedNumber != largest {
                        peer.timedNumber = largest
                        noteRoundTrip(from: piece.time, to: packet.mark.time.nanoseconds, of: peer, &output)
                    }
                    if piece.content != .other { acknowledge(piece, peer.direction) }
                }
            }
        }
    }

    /// The time from a packet to its acknowledgement at the capture point, with the delay of the acknowledgement in it.
    ///
    /// Only that of the highest packet that is acknowledged: others may have been so for long, in acknowledgements that were lost.
    private func noteRoundTrip(from sent: Int64, to acknowledged: Int64, of peer: Sender, _ output: inout LayerOutput) {
        let (time, overflows) = acknowledged.subtractingReportingOverflow(sent)
        if !overflows, time >= 0 { output.acknowledge(after: time, peer.direction) }
    }

    private func acknowledge(_ piece: SentPackets.Piece, _ direction: Direction) {
        let isDone = streams.withKnown(piece.stream) { stream in
            stream.withHalf(direction) { half in
                half.acknowledge(piece.start, piece.byteCount)
                if piece.content == .lastBytes || piece.content == .reset { half.acknowledgeEnd() }
                return half.isDone
            }
        }
        if isDone == true, let stream = streams.known(piece.stream) { closeIfDone(stream) }
    }

    public func lacksPackets(from direction: Direction) -> Bool { sender(direction).application.missingCount > 0 }

    public func isAcknowledged(_ stream: UInt64, from direction: Direction, upTo offset: UInt64) -> Bool {
        if streams.isClosed(stream) { return true }
        return streams.find(stream)?.withHalf(direction) { half in
            let isEnd = half.isOver && offset >= half.finalSize ?? .max
            return half.acknowledgedEnd >= offset && (!isEnd || half.isEndAcknowledged)
        } ?? false
    }
}
