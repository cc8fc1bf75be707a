import Bytes
import Differences
import Inspection
import Subprotocols
import WebSocket

/// Keeps what a capture holds; writes nothing.
struct CollectingReport: EventReport, ~Copyable {
    private var sink: CollectingSink
    private let result: Result

    /// Where what was kept is found after the report has been handed over.
    final class Result {
        var capture: ComparedCapture
        /// Why the input could not be read to its end.
        var failure: String?

        fileprivate init(_ capture: ComparedCapture) { self.capture = capture }
    }

    init(_ limits: ComparedCapture.Limits) {
        sink = CollectingSink(limits)
        result = Result(sink.capture)
    }

    var collected: Result { result }

    var output: ByteBuffer {
        get { ByteBuffer() }
        set {}
    }

    mutating func begin(sources: [String]) {}
    mutating func finish(_ summary: Summary, failure: String?) { result.failure = failure }

    var hasEnough: Bool { sink.hasEnough }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) { sink.frame(frame, payload: payload, ending: message, content: content, of: connection) }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) { sink.frame(frame, payload: payload, ending: message, content: content, meaning: meaning, of: connection) }

    mutating func note(_ event: Event) { sink.note(event) }
}
