import Bytes
import Text

/// Why an expression has no meaning, and where.
public struct ConditionError: Error, Equatable, Sendable {
    /// UTF-8 offsets in the expression; empty at its end where something is missing there.
    public var range: Range<Int>
    public var message: String
    /// What may have been meant, as it would be written.
    public var suggestion: String?

    init(_ range: Range<Int>, _ message: String, suggestion: String? = nil) {
        self.range = range
        // Either may repeat the expression, which may have come from elsewhere.
        self.message = Self.shown(message)
        self.suggestion = suggestion.map(Self.shown)
    }

    private static func shown(_ text: String) -> String {
        var output = ByteBuffer()
        var writer = SafeText()
        writer.append(text, to: &output)
        return String(decoding: output.span.copied(), as: UTF8.self)
    }

    /// The message, and beneath it the line of the expression with a caret under the place.
    public func rendered(in expression: String) -> String {
        let bytes = Array(expression.utf8)
        let start = min(range.lowerBound, bytes.count)
        let lineStart = bytes[..<start].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let lineEnd = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
        let end = max(start, min(range.upperBound, lineEnd))
        let indent = Self.columns(bytes[lineStart..<start])
        let carets = max(1, Self.columns(bytes[start..<end]))
        var text = message
        if let suggestion { text += " Did you mean \(suggestion)?" }
        text += "\n  " + Self.printable(bytes[lineStart..<lineEnd])
        return text + "\n  " + String(repeating: " ", count: indent) + String(repeating: "^", count: carets)
    }

    private static func columns(_ bytes: ArraySlice<UInt8>) -> Int { printable(bytes).unicodeScalars.reduce(0) { $0 + displayWidth($1) } }

    /// A tab and all else that a terminal obeys or hides takes one column, so that the caret stands where it should.
    private static func printable(_ bytes: ArraySlice<UInt8>) -> String {
        String(String.UnicodeScalarView(String(decoding: bytes, as: UTF8.self).unicodeScalars.map { $0.isPrintable ? $0 : " " }))
    }
}
