import Bytes
import HTTP
import Inspection
import Packets
import Text

extension TimelineReport {
    /// Columns of a URL in a title where no terminal limits it.
    private static let urlWidth = 200

    /// Which capture this is, of several that are shown each by itself.
    mutating func writeHeading(_ part: OutputPart) {
        if !part.isFirst { output.append("\n") }
        palette.begin(.strong, in: &output)
        output.append("==> ")
        var safe = SafeText(isASCII: palette.isASCII)
        safe.append(part.source, to: &output)
        output.append(" <==")
        palette.end(.strong, in: &output)
        output.append("\n")
    }

    /// Who talks to whom, where and when; in two lines where one has no room.
    mutating func writeTitle(_ connection: Connection) {
        if hasRows { output.append(UInt8(ascii: "\n")) }
        hasRows = true
        let stream = connection.carrier.stream.map { " stream \($0)" } ?? ""
        let ends = connection.ends(arrow: palette.toServer).map { "\($0)\(stream)" } ?? ""
        let number = "#\(connection.number)"
        let indent = number.utf8.count + 2
        field.removeAll()
        var urlWidth = 0
        if let url = connection.url {
            urlWidth = Self.appendCut(url, to: &field, limit: layout.width.map { max(8, $0 - indent) } ?? Self.urlWidth, palette)
        }
        palette.begin(.strong, in: &output)
        output.append(string: "\(number)  \(ends)")
        palette.end(.strong, in: &output)
        columns = indent + ends.unicodeScalars.count

        let timeWidth = 3 + 27
        let isOneLine = columns + timeWidth + (urlWidth > 0 ? 3 + urlWidth : 0) <= layout.width ?? .max
        if isOneLine { writeURL(urlWidth, behind: ends.isEmpty ? 0 : 3) }
        if columns + timeWidth <= layout.width ?? .max {
            write("   ")
            palette.begin(.dim, in: &output)
            time.appendReadable(connection.time, digits: 3, to: &output)
            output.append(options.clock == .local ? "" : " UTC")
            palette.end(.dim, in: &output)
        }
        endRow()
        if !isOneLine, urlWidth > 0 {
            writeURL(urlWidth, behind: indent)
            endRow()
        }
        // The tags and tunnels that it passes through.
        if !connection.carrier.path.isEmpty { writeDetail("in \(connection.carrier.path.text("\(palette.toServer)"))", at: indent) }
        if let owners = connection.owners { writeDetail(owners.words, at: indent) }
    }

    /// A line of its own below the title.
    private mutating func writeDetail(_ text: String, at column: Int) {
        pad(to: column)
        palette.begin(.dim, in: &output)
        columns += Self.appendCut(text, to: &output, limit: layout.width.map { max(8, $0 - column) } ?? Self.urlWidth, palette)
        palette.end(.dim, in: &output)
        endRow()
    }

    /// Writes the URL, which waits in `field`.
    private mutating func writeURL(_ width: Int, behind blanks: Int) {
        guard width > 0 else { return }
        pad(to: columns + blanks)
        palette.begin(.good, in: &output)
        output.append(contentsOf: field)
        palette.end(.good, in: &output)
        columns += width
    }

    func handshakeParts(_ connection: Connection) -> [Part] {
        switch connection.status {
        case .unanswered: return [Part(connection.isRecorded ? "no answer is recorded" : "no HTTP answer was read")]
        case .inferred: return connection.inferred.map { Part($0) }
        case .open, .refused:
            guard let response = connection.response else { return [] }
            let reason = connection.status == .refused && !response.reason.isEmpty ? " \(response.reason)" : ""
            let elapsed = connection.upgradeNanoseconds.map { " in \(Quantity.duration($0))" } ?? ""
            var parts = [Part("\(response.status)\(reason)\(elapsed)")]
            parts += connection.extensions.map { Part(Self.text($0)) }
            if let subprotocol = connection.subprotocol { parts.append(Part(subprotocol)) }
            return parts + connection.inferred.map { Part($0, .note) }
        }
    }

    /// `permessage-deflate (client_max_window_bits=15)`.
    private static func text(_ element: Extension) -> String {
        guard !element.parameters.isEmpty else { return element.name }
        let parameters = element.parameters.map { parameter in parameter.value.map { "\(parameter.name)=\($0)" } ?? parameter.name }
        return "\(element.name) (\(parameters.joined(separator: ", ")))"
    }
}
