import Bytes
import Inspection
import Reports
import Subprotocols
import Text
import WebSocket

/// The HTML report, and the file that it goes to.
struct PageReport: EventReport, ~Copyable {
    private var html: HTMLReport
    private let file: PageFile

    init(_ options: HTMLReport.Options, _ file: PageFile) {
        html = HTMLReport(options)
        self.file = file
    }

    var output: ByteBuffer {
        _read { yield html.output }
        _modify { yield &html.output }
    }

    /// Where the page cannot be written, nothing needs to be read.
    var hasEnough: Bool { html.hasEnough || file.failure != nil }

    mutating func limit(frames count: UInt64) { html.frameLimit = count }

    mutating func begin(sources: [String]) {
        file.open()
        html.begin(sources: sources)
    }

    mutating func finish(_ summary: Summary, failure: String?) {
        // A page about nothing would take the place of one about something.
        guard file.failure == nil, failure == nil || summary.packets > 0 else { return }
        html.finish(summary, brokenOff: failure, tool: "wsray", version: Wsray.version)
        file.byteCount = html.byteCount
        if let omission = html.omission { Output.remark(omission) }
    }

    mutating func beginAnew() { html.beginAnew() }

    // MARK: Events

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) { html.frame(frame, payload: payload, ending: message, content: content, of: connection) }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) { html.frame(frame, payload: payload, ending: message, content: content, meaning: meaning, of: connection) }

    mutating func note(_ event: Event) { html.note(event) }
}
