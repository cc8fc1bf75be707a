import Rules
import Terminal
import WebSocket

/// What a part of a screen means; what it looks like is the theme's business.
enum Ink: Sendable {
    case plain
    case dim
    case strong
    case client
    case server
    case good
    case note
    case warning
    case violation
    /// A key that does something.
    case key
    /// What was searched for.
    case match
    /// A word that is different in the frame beside.
    case difference
    /// Names of things, beside their values.
    case label

    init(_ side: Side) { self = side == .client ? .client : .server }

    init(_ severity: Severity) {
        self =
            switch severity {
            case .violation: .violation
            case .warning: .warning
            case .note: .note
            }
    }
}

/// Inks as styles, for the colours that a terminal has.
///
/// The ground stays the terminal's own, and every colour is of middling lightness, legible on dark and on light.
struct Theme: Sendable {
    let level: ColourLevel

    func style(_ ink: Ink) -> Style {
        switch ink {
        case .plain: .plain
        case .dim, .note, .label: level >= .indexed ? Style(.rgb(0x80, 0x80, 0x80)) : Style(.standard, on: .standard, .dim)
        case .strong: Style(.standard, on: .standard, .bold)
        case .client: Style(colour(.rgb(0x00, 0x87, 0x9F), .ansi(6)))
        case .server: Style(colour(.rgb(0xAF, 0x5F, 0xAF), .ansi(5)))
        case .good: Style(colour(.rgb(0x2F, 0x8F, 0x2F), .ansi(2)))
        case .warning: Style(colour(.rgb(0xAF, 0x77, 0x00), .ansi(3)), on: .standard, .bold)
        case .violation: Style(colour(.rgb(0xD7, 0x2F, 0x2F), .ansi(1)), on: .standard, .bold)
        case .key: Style(.standard, on: .standard, .bold)
        case .match: level >= .sixteen ? Style(.ansi(0), on: .ansi(3)) : Style(.standard, on: .standard, [.underline, .bold])
        case .difference: Style(colour(.rgb(0xD7, 0x2F, 0x2F), .ansi(1)), on: .standard, [.underline, .bold])
        }
    }

    /// The bars at the top and at the bottom.
    var bar: Style { Style(.standard, on: .standard, .reverse) }

    /// One ground for all of a row, whatever stands in it.
    ///
    /// What was searched for stands out of it by its own ground.
    func selected(_ style: Style) -> Style {
        if style == self.style(.match) { return style.with(level >= .sixteen ? [.bold, .underline] : .reverse) }
        return Style(.standard, on: .standard, style.attributes.intersection(.bold).union(.reverse))
    }

    private func colour(_ rich: Colour, _ plain: Colour) -> Colour { level >= .indexed ? rich : plain }
}
