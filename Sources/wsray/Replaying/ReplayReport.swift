import Bytes
import Differences
import Inspection
import Redaction
import Replay
import Subprotocols
import WebSocket

/// Keeps of a capture what is played and what the answers are compared with; writes nothing.
///
/// What is played has its secrets; what is compared and shown has none where they are to be removed.
struct ReplayReport: EventReport, ~Copyable {
    private var played: ScriptSink
    private var shown: ShownConversations
    private var redacted: Redactor<ShownConversations>?
    private let isRedacting: Bool
    let result: Result

    final class Result {
        let compared: ComparedCapture
        /// In the same order as the connections of `compared`.
        let scripts: ScriptSink.Result
        /// The same as they are shown.
        let shownScripts: ScriptSink.Result

        fileprivate init(_ compared: ComparedCapture, _ scripts: ScriptSink.Result, shown: ScriptSink.Result) {
            self.compared = compared
            self.scripts = scripts
            shownScripts = shown
        }
    }

    /// A conversation to play.
    struct Chosen {
        /// Index into the scripts.
        var index: Int
        var script: Script
        /// As it is shown.
        var shown: Script
    }

    /// - Parameter names: what is secret; nil where secrets are shown.
    init(_ limits: ComparedCapture.Limits, byteLimit: Int, redacting names: SecretNames?) {
        played = ScriptSink(byteLimit: byteLimit)
        isRedacting = names != nil
        if let names {
            let scripting = ScriptSink(byteLimit: byteLimit)
            let shownScripts = scripting.result
            let conversations = ShownConversations(limits, scripting: scripting)
            result = Result(conversations.collecting.capture, played.result, shown: shownScripts)
            shown = ShownConversations(limits, scripting: nil)
            redacted = Redactor(conversations, names: names)
        } else {
            // What is shown as it is played need not be kept twice.
            shown = ShownConversations(limits, scripting: nil)
            result = Result(shown.collecting.capture, played.result, shown: played.result)
            redacted = nil
        }
    }

    var output: ByteBuffer {
        get { ByteBuffer() }
        set {}
    }

    mutating func begin(sources: [String]) {}
    mutating func finish(_ summary: Summary, failure: String?) {
        redacted?.sayWhatWasRemoved()
    }

    var hasEnough: Bool { false }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        played.frame(frame, payload: payload, ending: message, content: content, of: connection)
        if !isRedacting { shown.frame(frame, payload: payload, ending: message, content: content, of: connection) }
        redacted?.frame(frame, payload: payload, ending: message, content: content, of: connection)
    }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        played.frame(frame, payload: payload, ending: message, content: content, meaning: meaning, of: connection)
        if !isRedacting { shown.frame(frame, payload: payload, ending: message, content: content, meaning: meaning, of: connection) }
        redacted?.frame(frame, payload: payload, ending: message, content: content, meaning: meaning, of: connection)
    }

    mutating func note(_ event: Event) {
        played.note(event)
        if !isRedacting { shown.note(event) }
        redacted?.note(event)
    }
}

/// Conversations as they are compared, and announced before they are played.
struct ShownConversations: EventSink, ~Copyable {
    fileprivate var collecting: CollectingSink
    private var scripting: ScriptSink?

    fileprivate init(_ limits: ComparedCapture.Limits, scripting: consuming ScriptSink?) {
        collecting = CollectingSink(limits)
        self.scripting = scripting
    }

    var hasEnough: Bool { false }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        collecting.frame(frame, payload: payload, ending: message, content: content, of: connection)
        scripting?.frame(frame, payload: payload, ending: message, content: content, of: connection)
    }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        collecting.frame(frame, payload: payload, ending: message, content: content, meaning: meaning, of: connection)
        scripting?.frame(frame, payload: payload, ending: message, content: content, meaning: meaning, of: connection)
    }

    mutating func note(_ event: Event) {
        collecting.note(event)
        scripting?.note(event)
    }
}

extension Redactor where Downstream: ~Copyable {
    fileprivate mutating func sayWhatWasRemoved() { Output.remark(removed.remark) }
}
