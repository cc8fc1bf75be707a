import Bytes
import HTTP
import Inspection
import Rules
import WebSocket

extension TimelineReport {
    // MARK: What is said of a frame

    mutating func collectRemarks(_ frame: Frame, _ message: Message?, _ connection: Connection) {
        if let message { collectRemarks(message) }
        if !frame.isComplete, !frame.findings.contains(where: { $0.rule == .frameCutOff }) {
            remark("only \(Quantity.size(frame.capturedLength)) of \(Quantity.size(frame.header.length)) captured", .note)
        }
        if let roundTrip = frame.roundTrip { remark("round trip \(Quantity.duration(roundTrip))", .dim) }
        if options.isVerbose { remark(provenance(frame), .dim) }
        for finding in frame.findings { remark(finding) }
    }

    private mutating func collectRemarks(_ message: Message) {
        if message.isCompressed { remark("deflated \(message.wireLength)", .dim) }
        if message.frameCount > 1 { remark("message \(Quantity.size(message.length)) in \(message.frameCount) frames", .dim) }
    }

    private func provenance(_ frame: Frame) -> String {
        let packets = frame.packets
        var text = packets.rest.isEmpty ? "packet \(packets.first)" : "packets \(packets.first)–\(packets.last)"
        if frame.header.isMasked {
            let key = String(frame.header.maskingKey, radix: 16)
            text += ", key \(String(repeating: "0", count: 8 - key.count))\(key)"
        }
        return text
    }

    // MARK: Remarks

    mutating func remark(_ finding: Finding) {
        let entry = finding.rule.entry
        let (sign, ink): (StaticString, Ink) =
            switch entry.severity {
            case .violation: (palette.violation, .violation)
            case .warning: (palette.warning, .warning)
            case .note: (palette.note, .note)
            }
        var text = "\(sign) \(entry.label)"
        if let found = finding.found, !finding.rule.isToldByLabel { text += ": \(found)" }
        if let expected = finding.expected, finding.rule == .acceptWrong { text += ", expected \(expected)" }
        if let section = entry.section { text += " (\(section))" }
        remark(text, ink)
    }

    private mutating func remark(_ text: String, _ ink: Ink) {
        if remarkColumns > 0 {
            remarks.append("  ")
            remarkColumns += 2
        }
        palette.begin(ink, in: &remarks)
        var safe = SafeText()
        safe.append(text, to: &remarks)
        remarkColumns += safe.columns
        palette.end(ink, in: &remarks)
    }

    mutating func writeRemarks() {
        guard remarkColumns > 0 else { return }
        // Remarks stand in one place where the payload leaves room, so that the eye finds them.
        let start = 76
        write("  ")
        if options.width.map({ start + remarkColumns <= $0 }) ?? true {
            while columns < start { write(" ") }
        }
        output.append(contentsOf: remarks)
        columns += remarkColumns
        clearRemarks()
    }

    mutating func clearRemarks() {
        remarks.removeAll()
        remarkColumns = 0
    }

    // MARK: The handshake in one line

    func handshakeSummary(_ connection: Connection) -> String {
        var parts: [String] = []
        switch connection.status {
        case .unanswered: parts.append("no answer was captured")
        case .inferred: parts.append(connection.inferred.joined(separator: " "))
        case .open, .refused:
            guard let response = connection.response else { break }
            let reason = connection.status == .refused && !response.reason.isEmpty ? " \(response.reason)" : ""
            let elapsed = connection.upgradeNanoseconds.map { " in \(Quantity.duration($0))" } ?? ""
            parts.append("\(response.status)\(reason)\(elapsed)")
            parts += connection.extensions.map(Self.text)
            if let subprotocol = connection.subprotocol { parts.append(subprotocol) }
            parts += connection.inferred
        }
        return parts.joined(separator: "\(palette.separator)")
    }

    /// `permessage-deflate (client_max_window_bits=15)`.
    private static func text(_ element: Extension) -> String {
        guard !element.parameters.isEmpty else { return element.name }
        let parameters = element.parameters.map { parameter in parameter.value.map { "\(parameter.name)=\($0)" } ?? parameter.name }
        return "\(element.name) (\(parameters.joined(separator: ", ")))"
    }
}
