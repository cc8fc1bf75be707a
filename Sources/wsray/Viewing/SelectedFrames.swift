import Bytes
import Inspection
import Rules
import WebSocket

/// Hands on certain frames, by connection and number, and the connections that they belong to.
struct SelectedFrames<Inner: EventSink & ~Copyable>: EventSink, ~Copyable {
    var inner: Inner
    private let wanted: [UInt64: Set<UInt64>]
    private(set) var count = 0

    init(_ inner: consuming Inner, _ wanted: [UInt64: Set<UInt64>]) {
        self.inner = inner
        self.wanted = wanted
    }

    var isComplete: Bool { count == wanted.values.reduce(0) { $0 + $1.count } }

    mutating func opened(_ connection: Connection) {
        if wanted[connection.number] != nil { inner.opened(connection) }
    }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        guard wanted[connection.number]?.contains(frame.number) ?? false else { return }
        count += 1
        inner.frame(frame, payload: payload, ending: message, content: content, of: connection)
    }

    mutating func abandoned(_ message: Message, content: Span<UInt8>, of connection: Connection) {}
    mutating func found(_ finding: Finding, from side: Side?, in connection: Connection?, at time: Timestamp) {}
    mutating func exchanged(_ exchange: Exchange) {}
    mutating func ended(_ connection: Connection) {}
}
