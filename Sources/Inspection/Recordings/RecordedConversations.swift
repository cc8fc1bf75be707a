import Bytes
import Channels
import Verdicts
import WebSocket

/// Recorded connections that are open, by the number that they have in their recording.
struct RecordedConversations: ~Copyable {
    private var open: [Int: RecordedConversation] = [:]
    private var freeRows: [Int] = []
    private var rowCount = 0

    /// The row of the next connection, see `Connection.row`.
    mutating func takeRow() -> Int {
        if let row = freeRows.popLast() { return row }
        rowCount += 1
        return rowCount
    }

    subscript(number: Int) -> RecordedConversation? {
        get { open[number] }
        set { open[number] = newValue }
    }

    mutating func remove(_ number: Int) -> RecordedConversation? {
        guard let conversation = open.removeValue(forKey: number) else { return nil }
        freeRows.append(conversation.connection.row)
        return conversation
    }

    /// The numbers of those that are left, in order.
    var numbers: [Int] { open.keys.sorted() }
}

/// A recorded connection, and what was counted of it.
final class RecordedConversation {
    let connection: Connection
    var client = Totals()
    var server = Totals()
    var messageCount: UInt64 = 0
    var closes = CloseLog()
    var lastTime: Timestamp

    init(_ connection: Connection) {
        self.connection = connection
        lastTime = connection.time
    }

    func count(_ length: UInt64, from side: Side) {
        messageCount += 1
        if side == .client { client.count(length) } else { server.count(length) }
    }

    func messageCount(of side: Side) -> UInt64 { side == .client ? client.messages : server.messages }
}

extension Totals {
    /// Frames and bytes on the wire are not known.
    fileprivate mutating func count(_ length: UInt64) {
        messages += 1
        bytes = bytes.addingSaturated(length)
    }
}
