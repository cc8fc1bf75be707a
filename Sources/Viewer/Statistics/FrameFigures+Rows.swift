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
            let details = row.isCompressed && row.flags.contains(.hasDetails) ? transcript.details(of: index) : nil
            // As in `SideCost`: content counts with the frame that ends it, and compression where a message is whole.
            add(
                row.opcode == .continuation ? row.messageOpcode : row.opcode, from: row.from, length: row.shownLength,
                content: row.isCompressed ? row.messageLength(details) : nil, at: row.time)
            if row.isCompressed, row.flags.contains(.endsMessage), details?.message?.isComplete ?? row.flags.contains(.isComplete) {
                addCompressed(
                    wireLength: details?.message?.wireLength ?? details?.length ?? row.length, length: row.messageLength(details))
            }
            if row.opcode == .pong, let roundTrip = transcript.details(of: index)?.roundTrip { add(roundTrip: roundTrip) }
        }
    }
}
