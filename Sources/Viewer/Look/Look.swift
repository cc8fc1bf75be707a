import Bytes
import Rules
import Terminal
import Text

/// How everything looks: colours, signs, and text made safe.
public struct Look: Signs, Sendable {
    public var isASCII: Bool
    let theme: Theme

    public init(_ level: ColourLevel, isASCII: Bool = false) {
        theme = Theme(level: level)
        self.isASCII = isASCII
    }

    var horizontal: StaticString { isASCII ? "-" : "─" }
    var vertical: StaticString { isASCII ? "|" : "│" }
    var marked: StaticString { isASCII ? "*" : "•" }
    var folded: StaticString { isASCII ? "+" : "▸" }
    var unfolded: StaticString { isASCII ? "-" : "▾" }
    var branch: StaticString { isASCII ? "-" : "└" }
    var sortedDown: StaticString { isASCII ? "v" : "▾" }
    var sortedUp: StaticString { isASCII ? "^" : "▴" }
    var done: StaticString { isASCII ? "#" : "█" }
    var left: StaticString { isASCII ? "." : "░" }

    /// Text, from the wire or ours, as a terminal may have it, cut with an ellipsis where it has no room.
    func fitted(_ text: String, _ room: Int) -> String {
        let bytes = Array(text.utf8)
        return fitted(bytes.span, room)
    }

    /// What writes text with as many combining marks as the screen shows.
    static func safeText(_ limit: Int, isASCII: Bool, _ hasUnknownBytes: Bool) -> SafeText {
        SafeText(limit: limit, isASCII: isASCII, hasUnknownBytes: hasUnknownBytes, markLimit: Grid.marksPerCharacter)
    }

    /// - Parameter hasUnknownBytes: FF stands for what nobody can know.
    func fitted(_ bytes: Span<UInt8>, _ room: Int, hasUnknownBytes: Bool = false, isCut: Bool = false) -> String {
        guard room > 0 else { return "" }
        var output = ByteBuffer()
        var safe = Self.safeText(room, isASCII: isASCII, hasUnknownBytes)
        let isWhole = safe.append(bytes, to: &output)
        if !isWhole || (isCut && safe.columns == room) {
            output.removeAll()
            safe = Self.safeText(room - 1, isASCII: isASCII, hasUnknownBytes)
            safe.append(bytes, to: &output)
        }
        if !isWhole || isCut { output.append(ellipsis) }
        return String(decoding: output.span.copied(), as: UTF8.self)
    }
}

/// Columns that a text takes.
func columns(of text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + displayWidth($1) }
}

extension Look {
    func sign(_ severity: Severity) -> String {
        switch severity {
        case .violation: "\(violation)"
        case .warning: "\(warning)"
        case .note: "\(note)"
        }
    }
}
