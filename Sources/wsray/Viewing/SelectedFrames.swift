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

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        guard wanted[connection.number]?.contains(frame.number) ?? false else { return }
        count += 1
        inner.frame(frame, payload: payload, ending: message, content: content, of: connection)
    }

    mutating func note(_ event: Event) {
        if case .opened(let connection) = event, wanted[connection.number] != nil { inner.note(event) }
    }

    var hasEnough: Bool { isComplete }
}
