import Bytes
import Terminal
import Text

/// The packets of a frame, a line each.
enum PacketLines {
    /// Lines that there is room for beside the payload.
    private static func limit(_ rows: Int) -> Int { rows < 20 ? 0 : rows < 40 ? 3 : 8 }

    static func lines(_ state: State, _ place: FramePlace) -> [Line] {
        guard let found = place.packets, !found.packets.isEmpty else { return [] }
        let limit = limit(state.size.rows)
        guard limit > 0 else { return [] }
        let hidden = found.packets.count > limit ? found.packets.count - limit + 1 : 0
        let shown = found.packets.dropLast(hidden)
        let digits = shown.map { "\($0.number)".count }.max() ?? 0
        var lines = shown.map { line(state, place, $0, digits) }
        let more = UInt64(hidden) + found.omittedCount
        if more > 0 { lines.append(Line("  and \(Quantity.counted(more, "packet")) more", .dim)) }
        return lines
    }

    private static func line(_ state: State, _ place: FramePlace, _ packet: FramePackets.Packet, _ digits: Int) -> Line {
        let frame = state.transcript.rows[Int(place.row)]
        let zero = state.transcript.connections[Int(frame.connection)].time
        var line = Line("  packet ", .dim)
        line.addRight("\(packet.number)", endingAt: line.width + digits)
        let time = TimelineRow.time(packet.time, state, zero: zero, previous: frame.time)
        line.addRight(time, endingAt: line.width + 2 + RowLayout.timeWidth(state), .dim)
        line.addRight(Quantity.size(UInt64(clamping: packet.length)), endingAt: line.width + 9)
        line.add("  ")
        guard let sequence = packet.sequence else {
            line.add("fragment of an IP packet", .dim)
            return line
        }
        let end = sequence &+ UInt32(truncatingIfNeeded: packet.length)
        line.add(state.look.spelled("seq \(sequence)–\(end)"), .dim)
        line.add("  ")
        if packet.isRepetition { line.add("sent again", .warning) } else { line.add("\(packet.flags)", .dim) }
        return line
    }
}
