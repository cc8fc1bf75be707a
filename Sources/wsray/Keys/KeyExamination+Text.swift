import Bytes
import Channels
import TLS
import Text

// For people.
extension KeyExamination {
    func append(textTo output: inout ByteBuffer) {
        for source in sources { append(source, to: &output) }
        for capture in captures { append(connections.filter { $0.capture == capture }, of: capture, to: &output) }
        guard !captures.isEmpty, known > used else { return }
        output.append(string: "The secrets of \(Quantity.counted(known - used, "connection")) fit none in the captures.\n")
    }

    // MARK: Secrets

    private func append(_ source: Source, to output: inout ByteBuffer) {
        append(line: "\(source.name): \(source.isCapture ? "secrets in the capture" : "key log"), \(Self.summary(of: source))", to: &output)
        for holding in KeyHolding.allCases {
            guard let count = source.holdings[holding] else { continue }
            append(line: "  \(holding.isSufficient ? "✓" : "✗") \(Quantity.counted(count, "connection")): \(holding.meaning)", to: &output)
        }
        let lines = source.lines
        for label in KeyLogLabel.allCases {
            if let count = lines.lineCounts[label] {
                append(line: "    \(label.rawValue)  \(Quantity.counted(count, "line"))", to: &output)
            }
        }
        if lines.unusedLineCount > 0 {
            append(
                line: "    not needed to decrypt: \(Quantity.counted(lines.unusedLineCount, "line")), such as EXPORTER_SECRET", to: &output)
        }
        if lines.unknownLineCount > 0 {
            let labels = lines.unknownLabels.isEmpty ? "" : ": \(lines.unknownLabels.joined(separator: ", "))"
            append(line: "  ! \(Quantity.counted(lines.unknownLineCount, "line")) with a label that is not known\(labels)", to: &output)
        }
        if lines.badLineCount > 0, let first = lines.firstBadLine {
            let others = lines.badLineCount == 1 ? "line \(first)" : "the first is line \(first)"
            append(
                line: "  ! \(Quantity.counted(lines.badLineCount, "bad line")), \(others): no label with two hexadecimal numbers",
                to: &output)
        }
        output.append("\n")
    }

    private static func summary(of source: Source) -> String {
        guard source.lines.secretCount > 0 else { return "no secrets" }
        let enough = source.holdings.filter(\.key.isSufficient).values.reduce(0, +)
        if source.connectionCount == 0 {
            return Quantity.counted(source.lines.secretCount, "secret") + " that no client random stands before"
        }
        return "enough for \(enough) of \(Quantity.counted(source.connectionCount, "connection"))"
    }

    // MARK: Connections

    private func append(_ connections: [Connection], of capture: String, to output: inout ByteBuffer) {
        let opened = connections.count(where: \.isOpened)
        append(
            line: connections.isEmpty
                ? "\(capture): no TLS or QUIC connection"
                : "\(capture): \(opened) of \(connections.count) \(connections.contains(where: \.isQUIC) ? "encrypted" : "TLS") connections can be decrypted",
            to: &output)
        for connection in connections { append(connection, to: &output) }
        append(recipesFor: connections, to: &output)
        output.append("\n")
    }

    private func append(_ connection: Connection, to output: inout ByteBuffer) {
        let security = connection.security
        let sign = connection.isOpened ? "✓" : connection.isUnread ? "✗" : "–"
        let facts = [
            connection.isQUIC ? "QUIC" : nil, security.serverName, security.version, security.cipher, security.applicationProtocol,
            security.isResumed ? "resumed" : nil,
            security.keySource.map { "keys: \($0)" },
        ]
        append(
            line: (["  \(sign) \(connection.client) → \(connection.server)"] + facts.compactMap { $0 }).joined(separator: "  "), to: &output
        )
        if let opacity = connection.opacity {
            append(line: "      \(opacity.text)", to: &output)
            if let advice = opacity.advice { append(line: "      \(advice)", to: &output) }
        }
        if connection.isHalfOpen {
            append(line: "      only one direction can be decrypted: the secrets of the other are missing", to: &output)
        }
        guard connection.isUnread else { return }
        switch connection.guess {
        case (let kind, true)?: append(line: "      The client is \(kind.words), as its User-Agent says.", to: &output)
        case (let kind, false)?: append(line: "      The client looks like \(kind.words).", to: &output)
        case nil: append(line: "      The handshake does not show which program the client is.", to: &output)
        }
    }

    /// How to get the keys that are missing, once for each kind of client.
    private func append(recipesFor connections: [Connection], to output: inout ByteBuffer) {
        let missing = connections.filter {
            $0.isUnread && ["no-keys", "no-line", "handshake-only", "wrong-keys"].contains($0.opacity?.reason)
        }
        if missing.isEmpty { return }
        let kinds = ClientKind.allCases.filter { kind in missing.contains { $0.guess?.kind == kind } }
        for kind in kinds {
            guard let recipe = KeyRecipe.named(kind.rawValue) else { continue }
            output.append("\n")
            output.append(string: recipe.text)
        }
        if missing.contains(where: { $0.guess == nil }) {
            output.append("\n")
            append(line: "  wsray keys --how lists recipes for many programs.", to: &output)
        }
    }

    /// A line whose names, which come from files and from the wire, do no harm to a terminal.
    private func append(line: String, to output: inout ByteBuffer) {
        var safe = SafeText()
        safe.append(Array(line.utf8).span, to: &output)
        output.append("\n")
    }
}
