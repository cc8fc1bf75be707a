import Channels
import HTTP
import Inspection
import Reports
import Rules
import Terminal
import Text
import Verdicts
import WebSocket

/// Request and response of the opening handshake, and what is to be said of them.
enum HandshakeView {
    /// In a line: what was answered, and how soon.
    static func summary(_ connection: ConnectionEntry) -> (String, Ink) {
        switch connection.status {
        case .unanswered: return ("upgrade, no HTTP answer was read", .warning)
        case .inferred: return ("joined midway: " + connection.inferred.joined(separator: " "), .note)
        case .open, .refused:
            let elapsed = connection.upgradeNanoseconds.map { " in \(Quantity.duration($0))" } ?? ""
            let answer = connection.response.map { "\($0.status)\(connection.status == .refused ? " \($0.reason)" : "")" } ?? "?"
            var parts = ["\(connection.status == .refused ? "refused" : "upgrade")  \(answer)\(elapsed)"]
            parts += connection.extensions.map(text)
            if let subprotocol = connection.subprotocol { parts.append(subprotocol) }
            return (parts.joined(separator: " · "), connection.status == .refused ? .warning : .good)
        }
    }

    private static func text(_ element: Extension) -> String {
        guard !element.parameters.isEmpty else { return element.name }
        let parameters = element.parameters.map { parameter in parameter.value.map { "\(parameter.name)=\($0)" } ?? parameter.name }
        return "\(element.name) (\(parameters.joined(separator: ", ")))"
    }

    static func lines(_ state: State, _ index: UInt32, width: Int) -> [Line] {
        let look = state.look
        let connection = state.transcript.connections[Int(index)]
        var title = Line(" #\(connection.number)  ", .strong)
        title.add(look.spelled("\(connection.client) → \(connection.server)"), .strong)
        var lines = [title]
        if let url = connection.url { lines.append(Line("  " + look.fitted(url, width - 3), .good)) }
        let (words, ink) = summary(connection)
        lines += Wrapping.lines(words, look, width: width - 3).map { Line("  " + $0, ink) } + [Line()]
        if let security = connection.constant.connection.carrier.security {
            lines.append(heading("TLS", look, width, .dim))
            let words = security.words.joined(separator: " \(look.separator) ")
            lines += Wrapping.lines(look.spelled(words), look, width: width - 3).map { Line("  " + $0) } + [Line()]
        }
        lines += end(connection, look, width)
        lines += checklist(state, index, look, width)
        if let request = connection.request {
            lines.append(heading("request", look, width, .client))
            lines.append(Line("  " + look.fitted("\(request.method) \(request.target) \(request.version)", width - 3), .strong))
            lines += headers(request.headers, look, width) + [Line()]
        }
        if let response = connection.response {
            lines.append(heading("response", look, width, .server))
            lines.append(Line("  " + look.fitted("\(response.version) \(response.status) \(response.reason)", width - 3), .strong))
            lines += headers(response.headers, look, width) + [Line()]
        }
        if connection.packets.first > 0 { lines.append(Line("  packets \(FrameView.packets(connection.packets))", .dim)) }
        return lines
    }

    /// How it ended, and what shows it.
    private static func end(_ connection: ConnectionEntry, _ look: Look, _ width: Int) -> [Line] {
        guard let verdict = connection.verdict else { return [] }
        var lines = [heading("end", look, width, .strong)]
        lines += Wrapping.lines(verdict.text, look, width: width - 4).map { Line("  " + $0, ConnectionsView.ink(verdict)) }
        if let event = verdict.browser { lines.append(Line("  " + words(event), .dim)) }
        return lines + facts(verdict, look, width - 4).map { $0.indented(3) } + [Line()]
    }

    static func words(_ event: Verdict.CloseEvent) -> String {
        "a browser reports code \(event.code.rawValue), \(event.wasClean ? "clean" : "not clean")"
    }

    /// What shows how it ended, a line each.
    static func facts(_ verdict: Verdict, _ look: Look, _ width: Int) -> [Line] {
        verdict.facts.map { fact in
            var line = Line("\(look.separator)", .dim)
            let packet = fact.packet > 0 ? "  packet \(fact.packet)" : ""
            line.add(look.fitted(look.spelled(fact.words(withContent: true)), width - line.width - packet.count))
            line.add(packet, .dim)
            return line
        }
    }

    // MARK: Requirement by requirement

    private static func checklist(_ state: State, _ index: UInt32, _ look: Look, _ width: Int) -> [Line] {
        let connection = state.transcript.connections[Int(index)]
        guard connection.request != nil || connection.response != nil else { return [] }
        let found = state.transcript.findings(ofConnection: index)
        func findings(_ side: Side) -> [Finding] { found.filter { $0.from == side }.map(\.finding) }
        let list = HandshakeChecklist(
            request: connection.request, response: connection.response,
            findings: HandshakeFindings(client: findings(.client), server: findings(.server)))
        var lines: [Line] = []
        for side in Side.allCases {
            lines.append(heading(side == .client ? "what the client asks" : "what the server answers", look, width, Ink(side)))
            for check in list.checks where check.side == side { lines += self.lines(check, look, width) }
            lines.append(Line())
        }
        return lines
    }

    private static func lines(_ check: HandshakeCheck, _ look: Look, _ width: Int) -> [Line] {
        let (sign, ink): (String, Ink) =
            switch check.state {
            case .met: ("\(look.met)", .good)
            case .broken: (look.sign(check.rule?.severity ?? .violation), Ink(check.rule?.severity ?? .violation))
            case .noted: ("\(look.note)", .note)
            case .absent: ("\(look.absent)", .dim)
            case .refused: ("\(look.warning)", .warning)
            case .unknown: ("?", .dim)
            }
        var line = Line("  \(sign) ", ink)
        line.add(look.fitted(check.label, 22), .label)
        line.pad(to: 28)
        line.add(look.fitted(look.spelled(check.found ?? "none"), width - line.width - 1), check.found == nil ? .dim : .plain)
        var lines = [line]
        guard check.state == .broken || check.state == .noted || check.state == .refused else { return lines }
        let wanted = check.expected.map { ": expected \($0)" } ?? ""
        let requirement = check.requirement.hasSuffix(".") ? String(check.requirement.dropLast()) : check.requirement
        let section = check.section.map { " (\($0))" } ?? ""
        for text in Wrapping.lines(requirement + wanted + section, look, width: width - 30) {
            var line = Line()
            line.pad(to: 28)
            line.add(text, ink)
            lines.append(line)
        }
        return lines
    }

    static func heading(_ title: String, _ look: Look, _ width: Int, _ ink: Ink) -> Line {
        var line = Line(" " + String(repeating: "\(look.horizontal)", count: 2) + " ", .dim)
        line.add(title + " ", ink)
        line.add(String(repeating: "\(look.horizontal)", count: max(0, width - line.width - 1)), .dim)
        return line
    }

    private static func headers(_ headers: Headers, _ look: Look, _ width: Int) -> [Line] {
        let names = min(30, (headers.map { columns(of: $0.name) }.max() ?? 0) + 2)
        return headers.map { header in
            var line = Line("  ")
            line.add(look.fitted(header.name + ":", max(names, 12)), .label)
            line.pad(to: names + 2)
            line.add(look.fitted(header.value, width - line.width - 1))
            return line
        }
    }

    /// Both heads as they can be pasted somewhere.
    static func text(_ connection: ConnectionEntry) -> String {
        var text = ""
        if let request = connection.request {
            text += "\(request.method) \(request.target) \(request.version)\n"
            for header in request.headers { text += "\(header.name): \(header.value)\n" }
            text += "\n"
        }
        if let response = connection.response {
            text += "\(response.version) \(response.status) \(response.reason)\n"
            for header in response.headers { text += "\(header.name): \(header.value)\n" }
        }
        return text
    }
}
