import Bytes
import Channels
import Digests
import HTTP
import Inspection
import Rules
import Text
import WebSocket

/// The handshake beneath its row: every requirement with what was found, and what came with a refusal.
extension TimelineReport {
    /// Where signs stand, and where values do.
    private static let blockStart = 6
    private static let valueStart = blockStart + 25
    /// Lines of a refusal's body, without `--payload full`.
    private static let bodyLineCount = 12
    private static let bodyCharacterCount = 1_000
    private static let bodyHexByteCount = 16
    /// Requirements whose fulfilment a reader cannot see.
    private static let explained: Set = ["Sec-WebSocket-Key"]
    /// What tells who refused, and what to do about it.
    private static let tellingHeaders = [
        "Server", "Via", "Location", "Retry-After", "WWW-Authenticate", "Proxy-Authenticate", "Sec-WebSocket-Version", "Allow",
        "X-Cache", "Content-Type", "Content-Encoding",
    ]

    mutating func writeHandshake(_ connection: Connection) {
        if let security = connection.carrier.security {
            writeHeading("how it is secured", .dim)
            pad(to: Self.blockStart + 2)
            writeParts(security.words.map { Part($0) }, indent: Self.blockStart + 4)
            endRow()
        }
        guard connection.request != nil || connection.response != nil else { return }
        let checklist = HandshakeChecklist(
            request: connection.request, response: connection.response, findings: connection.handshakeFindings)
        for side in Side.allCases {
            writeHeading(side == .client ? "what the client asks" : "what the server answers", side == .client ? .client : .server)
            for check in checklist.checks where check.side == side {
                writeCheck(check)
                if check.label == "extensions" { writeMeanings(connection, side) }
            }
        }
        guard let response = connection.response else { return }
        writeTellingHeaders(of: response)
        if let body = connection.refusalBody { writeBody(body) }
    }

    /// One row with the beginning of a refusal's body, where that is text.
    mutating func writeBodyRow(_ body: RefusalBody) {
        guard options.payload != .none, body.isText else { return }
        // All in one row, so that a page of HTML gets as far as its title.
        let words = text(of: body).split { $0.isWhitespace }
        guard !words.isEmpty else { return }
        writeLine(words.joined(separator: " ") + (body.isContentCut ? " \(palette.ellipsis)" : ""), at: layout.kindStart - 2, .dim)
    }

    // MARK: Requirements

    private mutating func writeHeading(_ text: StaticString, _ ink: Ink) {
        pad(to: Self.blockStart)
        write(text, ink)
        endRow()
    }

    private mutating func writeCheck(_ check: HandshakeCheck) {
        let (sign, ink) = sign(of: check)
        beginLine(sign, ink, check.label)
        writeParts(words(for: check, ink), indent: Self.valueStart)
        endRow()
        if let derivation = check.derivation { writeBeneath([Part(derivation, .dim)]) }
        guard let rule = check.rule else { return }
        writeBeneath([check.section, rule.rawValue].compactMap { text in text.map { Part($0, .dim) } })
    }

    private mutating func writeBeneath(_ parts: [Part]) {
        pad(to: Self.valueStart)
        writeParts(parts, indent: Self.valueStart + 2)
        endRow()
    }

    private mutating func beginLine(_ sign: StaticString, _ ink: Ink, _ label: String) {
        pad(to: Self.blockStart)
        write(sign, columns: 1, ink)
        write(" ")
        palette.begin(.dim, in: &output)
        columns += Self.appendCut(label, to: &output, limit: Self.valueStart - columns - 2, palette)
        palette.end(.dim, in: &output)
        write("  ")
        pad(to: Self.valueStart)
    }

    private func sign(of check: HandshakeCheck) -> (StaticString, Ink) {
        switch check.state {
        case .met: return (palette.met, .good)
        case .absent, .refused: return (palette.absent, .dim)
        case .unknown: return ("?", .note)
        case .broken, .noted:
            let severity = check.rule?.severity ?? .violation
            let sign =
                switch severity {
                case .violation: palette.violation
                case .warning: palette.warning
                case .note: palette.note
                }
            return (sign, Ink(severity))
        }
    }

    private func words(for check: HandshakeCheck, _ ink: Ink) -> [Part] {
        switch check.state {
        case .met:
            let found = check.found ?? ""
            // What the value has to be, where it does not show that itself.
            guard let expected = check.expected, Self.explained.contains(check.label) else { return [Part(found)] }
            return [Part(found), Part(expected, .dim)]
        case .absent: return [Part("none", .dim)]
        case .refused: return [Part("\(check.found ?? ""), not \(check.expected ?? "101")")]
        case .unknown: return [Part([check.found, "cannot be judged: not captured"].compactMap { $0 }.joined(separator: ", "), ink)]
        case .broken, .noted:
            return [Part(check.found ?? "missing", ink)] + (check.expected.map { [Part("expected \($0)", ink)] } ?? [])
        }
    }

    /// What the parameters of extensions mean, beneath them.
    private mutating func writeMeanings(_ connection: Connection, _ side: Side) {
        let phrases =
            side == .client
            ? connection.request.map { ExtensionList(in: $0.headers).extensions.flatMap(ExtensionMeaning.ofOffer) } ?? []
            : connection.extensions.flatMap(ExtensionMeaning.ofAnswer)
        for phrase in phrases { writeBeneath([Part(phrase, .dim)]) }
    }

    // MARK: What came with a refusal

    private mutating func writeTellingHeaders(of response: ResponseHead) {
        let names = response.isGrant ? ["Server", "Via"] : Self.tellingHeaders
        for name in names {
            for value in response.headers.values(of: name) {
                beginLine(" ", .plain, name)
                writeWords(Part(value), indent: Self.valueStart)
                endRow()
            }
        }
    }

    private mutating func writeBody(_ body: RefusalBody) {
        beginLine(" ", .plain, "body")
        writeParts(parts(of: body), indent: Self.valueStart)
        endRow()
        guard options.payload != .none, !body.bytes.isEmpty else { return }
        let isWhole = options.showsWholePayload
        if !body.isText {
            if isWhole { return writeHexBlock(body.bytes.span) }
            let digits = body.bytes.prefix(Self.bodyHexByteCount).map { Hex.encode([$0].span) }
            let rest = body.bytes.count > digits.count ? " \(palette.ellipsis)" : ""
            return writeLine(digits.joined(separator: " ") + rest, at: Self.blockStart + 2)
        }
        let text = text(of: body)
        let beginning = isWhole ? text[...] : text.prefix(Self.bodyCharacterCount)
        let lines = beginning.split(whereSeparator: \.isNewline)
        for line in lines.prefix(isWhole ? .max : Self.bodyLineCount) {
            pad(to: Self.blockStart + 2)
            write(palette.bar, columns: 2, .dim)
            writeWords(Part(String(line)), indent: columns)
            endRow()
        }
        if beginning.endIndex < text.endIndex || !isWhole && lines.count > Self.bodyLineCount {
            writeLine("\(palette.ellipsis)", at: Self.blockStart + 2)
        }
    }

    private mutating func writeLine(_ text: String, at column: Int, _ ink: Ink = .plain) {
        pad(to: column)
        write(palette.bar, columns: 2, .dim)
        palette.begin(ink, in: &output)
        columns += Self.appendCut(text, to: &output, limit: layout.width.map { $0 - columns } ?? Layout.previewWidth, palette)
        palette.end(ink, in: &output)
        endRow()
    }

    private func parts(of body: RefusalBody) -> [Part] {
        let kept = Quantity.size(UInt64(body.bytes.count))
        var parts: [Part] = []
        if body.isCut {
            parts.append(Part("the first \(kept)\(body.length.map { " of \(Quantity.size($0))" } ?? "")"))
        } else if !body.isComplete {
            parts.append(Part("\(kept)\(body.length.map { " of \(Quantity.size($0))" } ?? ""), then it breaks off", .note))
        } else {
            parts.append(Part(body.bytes.isEmpty ? "empty" : kept))
        }
        if !body.codings.isEmpty {
            let inflated = body.inflated.map { ", \(Quantity.size(UInt64($0.count))) inflated" } ?? ", which hides it"
            parts.append(Part("\(body.codings.joined(separator: ", "))\(inflated)", .dim))
        }
        return parts
    }

    private func text(of body: RefusalBody) -> String {
        let bytes = body.content ?? []
        return String(decoding: bytes.prefix(PayloadText.wholeCharacters(bytes.span, upTo: bytes.count)), as: UTF8.self)
    }
}
