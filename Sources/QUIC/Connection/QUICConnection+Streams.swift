import Bytes
import Channels

// Bytes of streams put in order, and how streams end (RFC 9000 §2, §3).
extension QUICConnection {
    /// Offsets and sizes do not reach beyond what a variable-length integer holds.
    private static let highestOffset: UInt64 = 1 << 62 - 1

    @inline(__always)
    func takeStream(
        _ type: UInt64, _ reader: inout WireReader, _ packet: inout Packet, _ sender: Sender, _ output: inout LayerOutput
    ) -> Bool {
        packet.isEliciting = true
        guard packet.level == .application || packet.level == .earlyData, let id = reader.number() else { return false }
        var offset: UInt64 = 0
        if type & 0x04 != 0 {
            guard let number = reader.number() else { return false }
            offset = number
        }
        let range: Range<Int>
        if type & 0x02 != 0 {
            guard let found = reader.vector() else { return false }
            range = found
        } else {
            guard let found = reader.skip(UInt64(reader.remaining)) else { return false }
            range = found
        }
        let isLast = type & 0x01 != 0
        let end = offset &+ UInt64(range.count)
        guard end <= Self.highestOffset else { return false }
        let kind = StreamKind(id: id)
        // The sender can send nothing on it.
        if kind.isOneWay, kind.isServers == isClient(sender) { return true }
        let bytes = reader.bytes.extracting(range)
        let piece = SentPackets.Piece(
            number: packet.number, time: packet.mark.time.nanoseconds, stream: id, start: offset, byteCount: UInt64(range.count),
            content: isLast ? .lastBytes : .bytes)
        if !isLast, let latest = unsafe streams.latest(id) {
            // Invariant: the table keeps the stream, and what comes next on it closes none.
            let isTaken = unsafe latest._withUnsafeGuaranteedRef { takeNext(bytes, of: $0, piece, &packet, sender, &output) }
            if isTaken { return true }
        }
        guard let stream = streams.known(id) ?? begin(id, &output) else { return true }
        if takeNext(bytes, of: stream, piece, &packet, sender, &output) {
            guard isLast else { return true }
        } else {
            sender.sent.append(piece)
            packet.isNoted = true
            put(bytes, of: stream, at: offset, packet, &output)
        }
        if isLast { noteFinalSize(end, of: stream, packet) }
        endIfComplete(stream, packet.direction, &output)
        return true
    }

    /// Takes bytes that continue what came so far on a stream, as nearly all do; false for others, and then nothing has changed.
    @inline(__always)
    private func takeNext(
        _ bytes: Span<UInt8>, of stream: QUICStream, _ piece: SentPackets.Piece, _ packet: inout Packet, _ sender: Sender,
        _ output: inout LayerOutput
    ) -> Bool {
        let number = packet.number
        let isNext = stream.withHalf(sender.direction) { half in
            guard half.next == piece.start, !half.isOver, half.held.isEmpty, half.finalSize == nil, half.highest == piece.start else {
                return false
            }
            half.next &+= piece.byteCount
            half.highest = half.next
            half.highestNumber = number &+ 1
            return true
        }
        guard isNext else { return false }
        sender.sent.append(piece)
        packet.isNoted = true
        sender.dataCount &+= piece.byteCount
        if !bytes.isEmpty { streamLayer.take(bytes, of: stream.id, from: sender.direction, at: piece.start, packet.mark, into: &output) }
        if piece.content == .bytes { noteWindow(of: stream, sender, &output) }
        return true
    }

    /// The stream of a frame; nil where it is over, or where the sender can send nothing on it.
    @inline(__always)
    private func stream(_ id: UInt64, carrying sender: Sender, _ output: inout LayerOutput) -> QUICStream? {
        let kind = StreamKind(id: id)
        if kind.isOneWay, kind.isServers == isClient(sender) { return nil }
        return streams.known(id) ?? begin(id, &output)
    }

    private func begin(_ id: UInt64, _ output: inout LayerOutput) -> QUICStream? {
        if streams.isOver(id) { return nil }
        if streams.count >= limits.streamCount, let oldest = streams.oldest { forget(oldest, &output) }
        let stream = streams.add(id)
        for direction in Direction.allCases {
            let limit = initialLimit(of: id, direction)
            stream.withHalf(direction) { $0.limit = limit }
        }
        return stream
    }

    /// Bytes that do not simply continue what came so far.
    private func put(
        _ bytes: Span<UInt8>, of stream: QUICStream, at offset: UInt64, _ packet: Packet, _ output: inout LayerOutput
    ) {
        let direction = packet.direction
        var (next, isOver, finalSize) = stream.withHalf(direction) { ($0.next, $0.isOver, $0.finalSize) }
        // What goes beyond the end is no part of the stream.
        let end = min(offset + UInt64(bytes.count), finalSize ?? .max)
        guard end > offset else { return }
        if isOver || end <= next {
            sender(packet.direction).traffic.repeatedByteCount &+= end - offset
            return
        }
        let suspects = stream.withHalf(direction) { half in
            let suspects = min(half.highestNumber, packet.number)..<packet.number
            if end > half.highest {
                sender(packet.direction).dataCount &+= end - half.highest
                half.highest = end
                half.highestNumber = packet.number &+ 1
            }
            return suspects
        }
        noteWindow(of: stream, sender(packet.direction), &output)
        guard offset <= next else {
            hold(bytes.extracting(0..<Int(end - offset)), of: stream, at: offset, suspects, packet, &output)
            return
        }
        sender(packet.direction).traffic.repeatedByteCount &+= next - offset
        let new = bytes.extracting(Int(next - offset)..<Int(end - offset))
        streamLayer.take(new, of: stream.id, from: direction, at: next, packet.mark, into: &output)
        next = end
        stream.withHalf(direction) { $0.next = end }
        deliverHeld(of: stream, direction, &output)
    }

    // MARK: Ends

    private func noteFinalSize(_ size: UInt64, of stream: QUICStream, _ packet: Packet) {
        stream.withHalf(packet.direction) { half in
            guard half.finalSize == nil, size >= half.highest else { return }
            half.finalSize = size
            half.finalMark = packet.mark
        }
    }

    /// Ends a direction of which everything was handed on.
    func endIfComplete(_ stream: QUICStream, _ direction: Direction, _ output: inout LayerOutput) {
        let mark = stream.withHalf(direction) { half -> PacketMark? in
            guard !half.isOver, half.finalSize == half.next, let mark = half.finalMark else { return nil }
            half.isOver = true
            return mark
        }
        guard let mark else { return }
        streamLayer.end(stream.id, from: direction, at: mark, into: &output)
        closeIfDone(stream)
    }

    func takeReset(_ reader: inout WireReader, _ packet: inout Packet, _ output: inout LayerOutput) -> Bool {
        guard let id = reader.number(), let code = reader.number(), let size = reader.number() else { return false }
        guard let stream = stream(id, carrying: sender(packet.direction), &output) else { return true }
        sender(packet.direction).sent.append(
            SentPackets.Piece(number: packet.number, time: packet.mark.time.nanoseconds, stream: id, content: .reset))
        packet.isNoted = true
        let direction = packet.direction
        if stream.withHalf(direction, { $0.isOver }) { return true }
        // What is missing will not be sent again, and what came after it was sent. A last byte that came before is none any more.
        stream.withHalf(direction) { $0.finalSize = nil }
        flush(stream, direction, at: packet.mark, &output)
        stream.withHalf(direction) { half in
            half.isOver = true
            if size > half.highest { sender(packet.direction).dataCount &+= size - half.highest }
            half.finalSize = half.next
        }
        streamLayer.reset(id, from: direction, code: code, at: packet.mark, into: &output)
        closeIfDone(stream)
        return true
    }

    func takeStop(_ reader: inout WireReader, _ packet: Packet, _ output: inout LayerOutput) -> Bool {
        guard let id = reader.number(), let code = reader.number() else { return false }
        let direction = packet.direction.opposite
        guard let stream = stream(id, carrying: sender(direction), &output) else { return true }
        if stream.withHalf(direction, { $0.isOver }) { return true }
        streamLayer.stop(id, from: direction, code: code, at: packet.mark, into: &output)
        return true
    }

    /// Forgets a stream of which both directions have ended and arrived.
    func closeIfDone(_ stream: QUICStream) {
        let kind = StreamKind(id: stream.id)
        for direction in Direction.allCases where !stream.withHalf(direction, { $0.isDone }) {
            // Of a stream that goes one way, the other direction is empty.
            guard kind.isOneWay, kind.isServers == (direction == client) else { return }
        }
        streams.close(stream.id)
    }

    /// Gives up a stream, as there are too many.
    private func forget(_ id: UInt64, _ output: inout LayerOutput) {
        guard let stream = streams.find(id) else { return }
        for direction in Direction.allCases { flush(stream, direction, at: nil, &output) }
        streams.forget(id)
    }
}
