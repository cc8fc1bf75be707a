import Bytes

/// What holds of all output.
enum Promise {
    /// Every line is a JSON text.
    static func jsonLines(_ output: borrowing ByteBuffer, _ what: String) throws(Broken) {
        let lines = output.span.copied().split(separator: 0x0A, omittingEmptySubsequences: false)
        try demand(lines.last?.isEmpty ?? true, "\(what): the last line has no end")
        for line in lines.dropLast() { try json(Array(line), what) }
    }

    static func json(_ text: [UInt8], _ what: String) throws(Broken) {
        try demand(JSONGrammar.accepts(text), "\(what): no JSON: \(shown(text))")
    }

    /// An HTML document with the two scripts of ours, of which the first is JSON, and no other markup that could run.
    static func page(_ document: [UInt8], atMost limit: Int, _ what: String) throws(Broken) {
        guard let text = String(validating: document, as: UTF8.self) else { throw Broken("\(what): not UTF-8: \(shown(document))") }
        let parts = text.split(separator: "<script", omittingEmptySubsequences: false)
        try demand(parts.count == 3, "\(what): \(parts.count - 1) scripts: \(shown(document))")
        try demand(text.split(separator: "</script>", omittingEmptySubsequences: false).count == 3, "\(what): a script ends early")
        let data = parts[1].drop { $0 != ">" }.dropFirst().prefix { $0 != "<" }
        try json(Array(data.utf8), what)
        try demand(document.count <= limit, "\(what): \(document.count) bytes")
    }

    /// UTF-8 without anything that a terminal obeys or hides; line feeds are allowed.
    static func harmless(_ output: [UInt8], _ what: String) throws(Broken) {
        guard let text = String(validating: output, as: UTF8.self) else { throw Broken("\(what): not UTF-8: \(shown(output))") }
        for scalar in text.unicodeScalars where scalar != "\n" {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                throw Broken("\(what): U+\(String(scalar.value, radix: 16)) reaches the terminal: \(shown(output))")
            default: break
            }
        }
    }

    /// The secret that targets plant. Nothing about it looks like one but where it stands.
    static let secret = "plain-old-hidden-word"

    static func hidden(_ output: [UInt8], _ what: String) throws(Broken) {
        try demand(!output.contains(secret), "\(what): the planted secret is shown: \(shown(output))")
    }

    /// The beginning of a long text, and all of it escaped.
    static func shown(_ text: [UInt8]) -> String {
        String(decoding: text.prefix(2_000), as: UTF8.self).unicodeScalars.map { $0.escaped(asASCII: true) }.joined()
    }
}
