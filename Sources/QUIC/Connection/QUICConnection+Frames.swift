import Bytes
import Channels

// The frames of a packet (RFC 9000 §19).
extension QUICConnection {
    /// One packet that was opened, as its frames need it.
    struct Packet {
        let number: UInt64
        let level: PacketLevel
        let direction: Direction
        let mark: PacketMark
        /// It asks for an acknowledgement.
        var isEliciting = false
        /// Something of it is among the sender's packets that are to be acknowledged.
        var isNoted = false
    }

    func takeFrames(
        _ plain: Span<UInt8>, of number: UInt64, _ level: PacketLevel, _ sender: Sender, _ mark: PacketMark, _ output: inout LayerOutput
    ) {
        var packet = Packet(number: number, level: level, direction: sender.direction, mark: mark)
        var reader = WireReader(plain)
        while let type = reader.number() {
            let isTaken =
                FrameType.stream.contains(type)
                ? takeStream(type, &reader, &packet, sender, &output) : takeOther(type, &reader, &packet, &output)
            if isTaken { continue }
            malformedCount &+= 1
            break
        }
        if packet.isEliciting, !packet.isNoted, level == .application || level == .earlyData {
            sender.sent.append(SentPackets.Piece(number: number, time: mark.time.nanoseconds))
        }
    }

    /// False where the rest of the packet cannot be read.
    private func takeOther(_ type: UInt64, _ reader: inout WireReader, _ packet: inout Packet, _ output: inout LayerOutput) -> Bool {
        switch type {
        case FrameType.padding:
            reader.skipZeros()
            return true
        case FrameType.ack, FrameType.ackWithECN:
            return takeAcknowledgement(&reader, packet, hasECN: type == FrameType.ackWithECN, into: &output)
        case FrameType.connectionClose, FrameType.applicationClose:
            return takeClose(&reader, packet, isApplications: type == FrameType.applicationClose)
        default: break
        }
        packet.isEliciting = true
        switch type {
        case FrameType.ping: return true
        case FrameType.crypto:
            guard let offset = reader.number(), let range = reader.vector() else { return false }
            takeCrypto(reader.bytes.extracting(range), at: offset, packet.level, sender(packet.direction), packet.mark)
            return true
        default: break
        }
        // No others stand in packets of the handshake (RFC 9000 §12.4).
        guard packet.level == .application || packet.level == .earlyData else { return false }
        switch type {
        case FrameType.resetStream: return takeReset(&reader, &packet, &output)
        case FrameType.stopSending: return takeStop(&reader, packet, &output)
        case FrameType.maxData, FrameType.dataBlocked: return takeWindow(type, &reader, packet, &output)
        case FrameType.maxStreamData, FrameType.streamDataBlocked: return takeStreamWindow(type, &reader, packet, &output)
        case FrameType.newConnectionID: return takeConnectionID(&reader, packet)
        case FrameType.handshakeDone:
            if packet.direction != client { confirmHandshake() }
            return true
        default: return Self.pass(type, &reader)
        }
    }

    /// Passes over a frame that says nothing here; false where its type is not known.
    private static func pass(_ type: UInt64, _ reader: inout WireReader) -> Bool {
        switch type {
        case FrameType.newToken, FrameType.datagramWithLength: reader.vector() != nil
        case FrameType.maxStreamsOfBoth, FrameType.maxStreamsOfOne, FrameType.streamsBlockedOfBoth, FrameType.streamsBlockedOfOne,
            FrameType.retireConnectionID:
            reader.number() != nil
        case FrameType.pathChallenge, FrameType.pathResponse: reader.skip(8) != nil
        case FrameType.datagram: reader.skip(UInt64(reader.remaining)) != nil
        default: false
        }
    }

    private func takeConnectionID(_ reader: inout WireReader, _ packet: Packet) -> Bool {
        guard reader.number() != nil, reader.number() != nil, let id = reader.connectionID(), let token = reader.skip(16) else {
            return false
        }
        // One of no length is against RFC 9000 §19.15, and would stand in any packet.
        if !id.isEmpty, !sender(packet.direction).ids.contains(id) {
            register(id, of: sender(packet.direction))
            sender(packet.direction).add(resetToken: reader.bytes.extracting(token).copied())
        }
        return true
    }

    private func takeClose(_ reader: inout WireReader, _ packet: Packet, isApplications: Bool) -> Bool {
        guard let code = reader.number(), isApplications || reader.number() != nil, reader.vector() != nil else { return false }
        let reason =
            isApplications
            ? StreamAbort(code: code, name: streamLayer.name(ofError: code), carrier: "CONNECTION_CLOSE") : TransportError(code: code).abort
        noteEnd(DatagramEnd(by: packet.direction, mark: packet.mark, reason: reason))
        if !isApplications, let alert = TransportError(code: code).alert { refusal = refusal ?? alert }
        return true
    }
}
