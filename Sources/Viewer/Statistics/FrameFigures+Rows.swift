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
            let details = row.flags.contains(.hasDetails) ? transcript.details(of: index) : nil
            add(row.opcode, from: row.from, length: row.capturedLength(details), at: row.time)
            if row.flags.contains(.endsMessage) { addMessage(endedBy: row, details) }
            if row.opcode == .pong, let roundTrip = details?.roundTrip { add(roundTrip: roundTrip) }
        }
    }

    /// As in `Totals` and `SideCost`: all messages, and of compressed ones those of which no byte is missing.
    private mutating func addMessage(endedBy row: FrameRow, _ details: FrameDetails?) {
        let length = row.messageLength(details)
        addMessage(row.messageOpcode, from: row.from, length: length)
        guard row.isCompressed, details?.message?.isComplete ?? row.flags.contains(.isComplete) else { return }
        addCompressed(wireLength: details?.message?.wireLength ?? details?.length ?? row.length, length: length)
    }
}
