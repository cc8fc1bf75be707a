/// The signs that reports and screens use, for terminals that show Unicode and for those that do not.
///
/// Each is one column wide unless said otherwise.
public protocol Signs {
    /// Nothing but ASCII is shown.
    var isASCII: Bool { get }
}

extension Signs {
    @inlinable public var toServer: StaticString { isASCII ? ">" : "→" }
    @inlinable public var toClient: StaticString { isASCII ? "<" : "←" }
    @inlinable public var handshake: StaticString { isASCII ? "=" : "⇄" }
    @inlinable public var met: StaticString { isASCII ? "+" : "✓" }
    @inlinable public var absent: StaticString { isASCII ? "-" : "·" }
    @inlinable public var violation: StaticString { isASCII ? "X" : "✗" }
    @inlinable public var warning: StaticString { "!" }
    @inlinable public var note: StaticString { isASCII ? "*" : "○" }
    /// Three columns.
    @inlinable public var separator: StaticString { isASCII ? " | " : " · " }
    @inlinable public var fragmentFirst: StaticString { isASCII ? "/" : "┌" }
    @inlinable public var fragmentNext: StaticString { isASCII ? "|" : "├" }
    @inlinable public var fragmentLast: StaticString { isASCII ? "\\" : "└" }
    @inlinable public var ellipsis: StaticString { isASCII ? "~" : "…" }
    /// Two columns.
    @inlinable public var bar: StaticString { isASCII ? "| " : "│ " }

    /// Our own words with signs that the terminal can show.
    public func spelled(_ text: String) -> String {
        guard isASCII else { return text }
        var spelled = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "µ": spelled += "u"
            case "§": spelled += "section "
            case "–", "─": spelled += "-"
            case "→": spelled += ">"
            case "←": spelled += "<"
            case "↑": spelled += "Up"
            case "↓": spelled += "Down"
            case "…": spelled += "~"
            case "·": spelled += "|"
            default: spelled.unicodeScalars.append(scalar)
            }
        }
        return spelled
    }
}
