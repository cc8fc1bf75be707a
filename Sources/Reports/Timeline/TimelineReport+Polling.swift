import Bytes
import Inspection
import Subprotocols
import Text
import WebSocket

// What a session said by polling, before its WebSocket opened and while it did.
extension TimelineReport {
    mutating func write(_ session: PolledSession, _ name: StaticString, of connection: Connection, at moment: Timestamp) {
        guard !session.isForgotten else {
            let text = "\(palette.note) what it may have said by polling was not kept: too many sessions poll"
            return writeRow(connection, moment, [Part(text, .note)])
        }
        if session.isBeginning { writeBeginning(session, of: connection, at: moment) }
        for packet in session.packets { write(packet, of: connection) }
        var notes: [String] = []
        if session.omittedCount > 0 { notes.append("\(Quantity.counted(session.omittedCount, "more polled packet"))") }
        if session.unreadBodyCount > 0 {
            notes.append("\(Quantity.count(session.unreadBodyCount)) of the polled bodies not read whole")
        }
        if let misfit = session.misfit { notes.append("polled packet \(misfit) is not \(name): no more of the polling is decoded") }
        if !notes.isEmpty { writeRow(connection, moment, notes.map { Part("\(palette.note) \($0)", .note) }) }
    }

    /// `began by polling 12.3 ms earlier · → 2 packets · ← 3 packets · ping every 25 s, timeout 20 s`.
    private mutating func writeBeginning(_ session: PolledSession, of connection: Connection, at moment: Timestamp) {
        let elapsed = max(0, connection.time.nanoseconds(since: session.since))
        var parts = [
            Part("began by polling \(Quantity.duration(elapsed)) earlier", .dim),
            Part("\(palette.toServer) \(Quantity.counted(session.clientCount, "packet"))", .dim),
            Part("\(palette.toClient) \(Quantity.counted(session.serverCount, "packet"))", .dim),
        ]
        let interval = Self.duration(session.opening?.pingInterval).map { "ping every \($0)" }
        let timeout = Self.duration(session.opening?.pingTimeout).map { "timeout \($0)" }
        let pings = [interval, timeout].compactMap { $0 }
        if !pings.isEmpty { parts.append(Part(pings.joined(separator: ", "), .dim)) }
        writeRow(connection, moment, parts)
    }

    /// Nil for what is not said, and for numbers that cannot be meant.
    private static func duration(_ milliseconds: UInt64?) -> String? {
        guard let milliseconds, milliseconds > 0, milliseconds <= Int64.max / 1_000_000 else { return nil }
        return Quantity.duration(Int64(milliseconds) * 1_000_000)
    }

    private mutating func write(_ packet: PolledPacket, of connection: Connection) {
        writeFront(packet, of: connection)
        write(packet.meaning, from: packet.from)
        endRow()
    }
}
