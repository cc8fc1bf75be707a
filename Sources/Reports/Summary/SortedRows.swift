import Bytes

/// Rows that wait until all of them are known, to be written in the order of a key.
struct SortedRows: ~Copyable {
    private var waiting = ByteBuffer()
    private var rows: [(key: Int64, range: Range<Int>)] = []
    private(set) var omittedCount: UInt64 = 0
    private static let byteLimit = 256 << 20

    /// Takes the row that begins at `start` out of `output`; beyond `limit` rows it is left out.
    mutating func take(from start: Int, of output: inout ByteBuffer, key: Int64, limit: Int) {
        if rows.count < limit, waiting.count < Self.byteLimit {
            let begin = waiting.count
            waiting.append(output.span.extracting(start..<output.count))
            rows.append((key, begin..<waiting.count))
        } else {
            omittedCount += 1
        }
        output.truncate(to: start)
    }

    /// Appends the rows, the least key first and equal ones as they came.
    mutating func write(to output: inout ByteBuffer) {
        let order = rows.indices.sorted { (rows[$0].key, $0) < (rows[$1].key, $1) }
        for index in order { output.append(waiting.span.extracting(rows[index].range)) }
    }
}
