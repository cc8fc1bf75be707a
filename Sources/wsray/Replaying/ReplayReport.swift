import Bytes
import Differences
import Inspection
import Replay
import Subprotocols
import WebSocket

/// Keeps of a capture what is played and what the answers are compared with; writes nothing.
struct ReplayReport: EventReport, ~Copyable {
    private var collecting: CollectingSink
    private var scripting: ScriptSink
    let result: Result

    final class Result {
        let compared: ComparedCapture
        /// In the same order as the connections of `compared`.
        let scripts: ScriptSink.Result

        fileprivate init(_ compared: ComparedCapture, _ scripts: ScriptSink.Result) {
            self.compared = compared
            self.scripts = scripts
        }
    }

    /// A conversation to play.
    struct Chosen {
        /// Index into the scripts.
        var index: Int
        var script: Script
    }

    init(_ limits: ComparedCapture.Limits, byteLimit: Int) {
        collecting = CollectingSink(limits)
        scripting = ScriptSink(byteLimit: byteLimit)
        result = Result(collecting.capture, scripting.result)
    }

    var output: ByteBuffer {
        get { ByteBuffer() }
        set {}
    }

    mutating func begin(sources: [String]) {}
    mutating func finish(_ summary: Summary, failure: String?) {}

    var hasEnough: Bool { false }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        collecting.frame(frame, payload: payload, ending: message, content: content, of: connection)
        scripting.frame(frame, payload: payload, ending: message, content: content, of: connection)
    }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        collecting.frame(frame, payload: payload, ending: message, content: content, meaning: meaning, of: connection)
        scripting.frame(frame, payload: payload, ending: message, content: content, meaning: meaning, of: connection)
    }

    mutating func note(_ event: Event) {
        collecting.note(event)
        scripting.note(event)
    }
}
