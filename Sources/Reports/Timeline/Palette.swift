import Bytes
import Text

/// What a part of a row means; what it looks like is the palette's business.
enum Ink {
    case plain
    case dim
    case strong
    case client
    case server
    case good
    case note
    case warning
    case violation
}

/// The look of a timeline: colours or none, and which signs the terminal can show.
public struct Palette: Signs, Sendable {
    public var isColoured: Bool
    /// Everything in ASCII, what comes from the wire too.
    public var isASCII: Bool

    public init(isColoured: Bool = false, isASCII: Bool = false) {
        self.isColoured = isColoured
        self.isASCII = isASCII
    }

    func begin(_ ink: Ink, in output: inout ByteBuffer) {
        if isColoured, ink != .plain { output.append(Self.code(ink)) }
    }

    func end(_ ink: Ink, in output: inout ByteBuffer) {
        if isColoured, ink != .plain { output.append(Self.plain) }
    }

    /// At most seven bytes.
    @inline(__always)
    func begin(_ ink: Ink, in row: inout LineWriter) {
        if isColoured, ink != .plain { row.append(Self.code(ink)) }
    }

    /// Four bytes.
    @inline(__always)
    func end(_ ink: Ink, in row: inout LineWriter) {
        if isColoured, ink != .plain { row.append(Self.plain) }
    }

    private static var plain: StaticString { "\u{1B}[0m" }

    /// Of the eight colours these are legible on dark and on light ground; blue and plain yellow are not.
    @inline(never)
    private static func code(_ ink: Ink) -> StaticString {
        switch ink {
        case .plain: plain
        case .dim, .note: "\u{1B}[2m"
        case .strong: "\u{1B}[1m"
        case .client: "\u{1B}[36m"
        case .server: "\u{1B}[35m"
        case .good: "\u{1B}[32m"
        case .warning: "\u{1B}[1;33m"
        case .violation: "\u{1B}[1;31m"
        }
    }
}
