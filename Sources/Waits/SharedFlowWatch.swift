import WebSocket

/// Watches a TCP connection that several streams share: which frames were there, and had to wait for bytes of other streams.
///
/// A frame is ready when all bytes of its stream up to its end have come, and released when all bytes of TCP have that stand before it.
/// The time between the two is what sharing costs it: on a TCP connection of its own there would be none.
public final class SharedFlowWatch {
    private var client = WatchedSide()
    private var server = WatchedSide()
    private var fromClient = SharedSide(from: .client)
    private var fromServer = SharedSide(from: .server)

    public init() {}

    /// Takes a segment, before what it brings.
    public func take(_ mark: TransportMark) {
        if mark.from == .client {
            Self.take(mark, &client, &fromClient, acknowledging: &server, &fromServer)
        } else {
            Self.take(mark, &server, &fromServer, acknowledging: &client, &fromClient)
        }
    }

    private static func take(
        _ mark: TransportMark, _ own: inout WatchedSide, _ frames: inout SharedSide, acknowledging other: inout WatchedSide,
        _ otherFrames: inout SharedSide
    ) {
        if mark.byteCount > 0 {
            let copies = mark.isRepeated ? own.packets(of: mark) : []
            let hindrance = own.takeData(mark)
            if mark.fillsGap {
                frames.fill(mark)
            } else if let hindrance, !copies.isEmpty {
                frames.sendAgain(copies, until: hindrance.end, in: mark.packet)
            } else {
                frames.takeNext(mark)
            }
        }
        guard let number = mark.acknowledged else { return }
        _ = other.takeAcknowledgment(number, mark)
        otherFrames.drain(upTo: number)
    }

    /// Takes a frame, after the segment that brought or released it.
    public func take(_ frame: SharedFrame) {
        if frame.from == .client {
            fromClient.take(frame, sentUpTo: client.sent)
        } else {
            fromServer.take(frame, sentUpTo: server.sent)
        }
    }

    /// What frames waited for, once nothing more comes.
    public func finish() -> HeadOfLine {
        fromClient.settleAll()
        fromServer.settleAll()
        return fromClient.waited + fromServer.waited
    }
}

/// What has to be known of a frame whose stream shares a TCP connection.
public struct SharedFrame: Sendable {
    public var connection: UInt64
    public var number: UInt64
    public var from: Side
    /// When its last byte was captured.
    public var time: Int64
    /// Which brought its first byte, and its last one: in this order by its bytes, and not always by their numbers.
    public var firstPacket: UInt64
    public var lastPacket: UInt64
    public var packetCount: Int

    public init(
        connection: UInt64, number: UInt64, from: Side, time: Int64, firstPacket: UInt64, lastPacket: UInt64, packetCount: Int
    ) {
        self.connection = connection
        self.number = number
        self.from = from
        self.time = time
        self.firstPacket = firstPacket
        self.lastPacket = lastPacket
        self.packetCount = packetCount
    }

    /// Whether a packet brought bytes of it. Of those between its first and its last one, all are taken to have.
    func spans(_ packet: UInt64) -> Bool {
        if packet == firstPacket || packet == lastPacket { return true }
        return packetCount > 2 && min(firstPacket, lastPacket) < packet && packet < max(firstPacket, lastPacket)
    }
}
