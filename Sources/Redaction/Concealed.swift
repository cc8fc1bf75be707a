import Bytes
import HTTP
import Inspection
import Rules
import Subprotocols
import Verdicts
import WebSocket

/// A connection as it may be shown, and what of its secrets is known.
final class Concealed {
    let connection: Connection
    private var finder: SecretFinder
    /// Secrets whose repetitions are not looked for, since there were too many.
    var omittedCount: Int { finder.remembered.omittedCount }

    init(_ original: Connection, _ names: SecretNames, _ removed: inout Removed) {
        var finder = SecretFinder(names)
        var request = original.request
        if let target = request?.target { request?.target = Self.mark(target, &removed) { finder.find(inTarget: $0) } }
        if let headers = request?.headers { request?.headers = Self.conceal(headers, &finder, &removed) }
        var response = original.response
        if let reason = response?.reason { response?.reason = Self.mark(reason, &removed) { finder.find(inText: $0) } }
        if let headers = response?.headers { response?.headers = Self.conceal(headers, &finder, &removed) }
        var body = original.refusalBody
        if let plain = body, !plain.bytes.isEmpty {
            body = Self.conceal(plain, &finder, &removed)
        }
        let client = original.handshakeFindings.client.map { Self.conceal($0, &finder, &removed) }
        let server = original.handshakeFindings.server.map { Self.conceal($0, &finder, &removed) }
        connection = Connection(
            original, request: request, response: response, refusalBody: body,
            handshakeFindings: HandshakeFindings(client: client, server: server))
        self.finder = finder
    }

    private static func conceal(_ body: RefusalBody, _ finder: inout SecretFinder, _ removed: inout Removed) -> RefusalBody {
        var shown = body
        var room = ByteBuffer()
        let content = body.content ?? []
        if content.isEmpty || body.isContentCut || !body.isComplete || !content.span.isPrintable {
            removed.payloads += 1
            room.append(Marker.text)
        } else {
            let secrets = finder.find(inText: content.span)
            removed.count(secrets)
            Marker.replace(secrets, in: content.span, to: &room)
        }
        // What was coded is shown without its coding, or not at all.
        shown.bytes = room.span.copied()
        shown.codings = []
        shown.inflated = nil
        shown.isCut = false
        shown.isInflatedCut = false
        return shown
    }

    private static func conceal(_ headers: Headers, _ finder: inout SecretFinder, _ removed: inout Removed) -> Headers {
        Headers(
            headers.map { header in
                Header(name: header.name, value: mark(header.value, &removed) { finder.find(inHeader: header.name, $0) })
            })
    }

    /// `text` with markers in place of what `find` finds.
    static func mark(_ text: String, _ removed: inout Removed, _ find: (Span<UInt8>) -> [Secret]) -> String {
        let bytes = Array(text.utf8)
        let secrets = find(bytes.span)
        guard !secrets.isEmpty else { return text }
        removed.count(secrets)
        var output = ByteBuffer()
        Marker.replace(secrets, in: bytes.span, to: &output)
        return String(decoding: output.span.copied(), as: UTF8.self)
    }

    // MARK: Payloads

    /// Writes a message's content as it may be shown; true when that is not what it was.
    /// - Parameter isText: all of it is there, and it is text.
    func conceal(_ isText: Bool, _ content: Span<UInt8>, _ isCompressed: Bool, to room: inout ByteBuffer, _ removed: inout Removed) -> Bool
    {
        guard !content.isEmpty else { return false }
        guard isText else {
            removed.payloads += 1
            room.append(Marker.text)
            return true
        }
        return mark(content, to: &room, &removed)
    }

    /// The same of a control frame: a Close keeps its code, other bodies stay when they are text.
    func conceal(control frame: Frame, _ payload: Span<UInt8>, to room: inout ByteBuffer, _ removed: inout Removed) -> Bool {
        let isClose = frame.header.opcode == .close && payload.count >= 2
        let text = payload.extracting((isClose ? 2 : 0)..<payload.count)
        if isClose { room.append(payload.extracting(0..<2)) }
        return conceal(frame.isComplete && text.isPrintable, text, false, to: &room, &removed)
    }

    /// The names of requests may have secrets in them.
    func conceal(_ note: ProtocolNote, _ removed: inout Removed) -> ProtocolNote {
        if case .polled(let name, var session) = note {
            session.packets = session.packets.map { packet in
                packet.showing(packet.meaning.replacing { mark($0, to: &$1, &removed) })
            }
            return .polled(name, session)
        }
        guard case .unanswered(let name, var requests) = note else { return note }
        requests.named = requests.named.map { request in
            var shown = request
            var room = ByteBuffer()
            mark(request.name.span, to: &room, &removed)
            shown.name = room.span.copied()
            room.removeAll()
            mark(request.id.span, to: &room, &removed)
            shown.id = room.span.copied()
            room.removeAll()
            mark(request.word.span, to: &room, &removed)
            shown.word = room.span.copied()
            return shown
        }
        return .unanswered(name, requests)
    }

    @discardableResult
    func mark(_ text: Span<UInt8>, to room: inout ByteBuffer, _ removed: inout Removed) -> Bool {
        let secrets = finder.find(inText: text)
        removed.count(secrets)
        Marker.replace(secrets, in: text, to: &room)
        return !secrets.isEmpty
    }

    // MARK: What was concluded

    func conceal(_ finding: Finding, _ removed: inout Removed) -> Finding { Self.conceal(finding, &finder, &removed) }

    /// Rules quote what they judge.
    private static func conceal(_ finding: Finding, _ finder: inout SecretFinder, _ removed: inout Removed) -> Finding {
        guard finding.expected != nil || finding.found != nil else { return finding }
        var shown = finding
        shown.expected = finding.expected.map { mark($0, &removed) { finder.find(inText: $0) } }
        shown.found = finding.found.map { mark($0, &removed) { finder.find(inText: $0) } }
        return shown
    }

    func conceal(_ end: ConnectionEnd, _ removed: inout Removed) -> ConnectionEnd {
        func shown(_ text: String) -> String { Self.mark(text, &removed) { finder.find(inText: $0) } }
        var verdict = end.verdict
        let text = shown(verdict.textWithoutContent)
        verdict.text = text
        verdict.textWithoutContent = text
        verdict.facts = verdict.facts.map { Verdict.Fact(shown($0.text), time: $0.time, packet: $0.packet) }
        return ConnectionEnd(
            of: connection, Conclusion(verdict), client: end.client, server: end.server, clientPings: end.clientPings,
            serverPings: end.serverPings)
    }
}
