import Bytes
import Statistics
import WebSocket

extension FrameFigures {
    private static let rowsPerStep = 65_536

    /// Counts some more rows of a scope; goes on as frames come.
    mutating func step(frameCount: Int, _ transcript: Transcript, rowAt: (Int) -> UInt32) {
        let end = min(frameCount, count + Self.rowsPerStep)
        while count < end {
            let index = rowAt(count)
            let row = transcript.rows[Int(index)]
            add(row.opcode == .continuation ? row.messageOpcode : row.opcode, from: row.from, length: row.shownLength, at: row.time)
            // As in `SideCost`: whole messages, whatever their frames are.
            if row.isCompressed, row.flags.contains(.endsMessage) {
                let details = row.flags.contains(.hasDetails) ? transcript.details(of: index) : nil
                guard details?.message?.isComplete ?? row.flags.contains(.isComplete) else { continue }
                addCompressed(
                    wireLength: details?.message?.wireLength ?? details?.length ?? row.length, length: row.messageLength(details))
            }
            if row.opcode == .pong, let roundTrip = transcript.details(of: index)?.roundTrip { add(roundTrip: roundTrip) }
        }
    }
}
