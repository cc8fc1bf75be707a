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

    /// Of the eight colours these are legible on dark and on light ground; blue and plain yellow are not.
    func begin(_ ink: Ink, in output: inout ByteBuffer) {
        guard isColoured else { return }
        switch ink {
        case .plain: break
        case .dim, .note: output.append("\u{1B}[2m")
        case .strong: output.append("\u{1B}[1m")
        case .client: output.append("\u{1B}[36m")
        case .server: output.append("\u{1B}[35m")
        case .good: output.append("\u{1B}[32m")
        case .warning: output.append("\u{1B}[1;33m")
        case .violation: output.append("\u{1B}[1;31m")
        }
    }

    func end(_ ink: Ink, in output: inout ByteBuffer) {
        guard isColoured, ink != .plain else { return }
        output.append("\u{1B}[0m")
    }
}
