/// A key with its modifiers.
public struct Key: Hashable, Sendable {
    public enum Code: Hashable, Sendable {
        case character(Unicode.Scalar)
        case enter
        case tab
        case escape
        case backspace
        case up
        case down
        case left
        case right
        case home
        case end
        case pageUp
        case pageDown
        case insert
        case delete
        case function(Int)
    }

    public struct Modifiers: OptionSet, Hashable, Sendable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        // The bits of xterm's modifier parameter, less one.
        public static let shift = Modifiers(rawValue: 1)
        public static let alt = Modifiers(rawValue: 2)
        public static let control = Modifiers(rawValue: 4)
    }

    public var code: Code
    public var modifiers: Modifiers

    public init(_ code: Code, _ modifiers: Modifiers = []) {
        self.code = code
        self.modifiers = modifiers
    }

    public static func character(_ scalar: Unicode.Scalar) -> Key { Key(.character(scalar)) }
    public static func control(_ scalar: Unicode.Scalar) -> Key { Key(.character(scalar), .control) }
}

extension Key: CustomStringConvertible {
    /// As a help text writes it: `j`, `Ctrl-d`, `PgDn`.
    public var description: String {
        var name =
            switch code {
            case .character(" "): "Space"
            case .character(let scalar): String(Character(scalar))
            case .enter: "Enter"
            case .tab: "Tab"
            case .escape: "Esc"
            case .backspace: "Backspace"
            case .up: "↑"
            case .down: "↓"
            case .left: "←"
            case .right: "→"
            case .home: "Home"
            case .end: "End"
            case .pageUp: "PgUp"
            case .pageDown: "PgDn"
            case .insert: "Ins"
            case .delete: "Del"
            case .function(let number): "F\(number)"
            }
        if modifiers.contains(.shift) { name = "Shift-\(name)" }
        if modifiers.contains(.alt) { name = "Alt-\(name)" }
        if modifiers.contains(.control) { name = "Ctrl-\(name)" }
        return name
    }
}

/// A button of the mouse, at a cell.
public struct MouseEvent: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case press
        case release
        case drag
        case wheelUp
        case wheelDown
    }

    public var kind: Kind
    /// 0 for the left button, 1 for the middle one, 2 for the right one.
    public var button: Int
    public var place: Position

    public init(_ kind: Kind, button: Int = 0, at place: Position) {
        self.kind = kind
        self.button = button
        self.place = place
    }
}

/// What a terminal sends.
public enum InputEvent: Hashable, Sendable {
    case key(Key)
    case mouse(MouseEvent)
    /// Text that was pasted, line ends as they came.
    case paste(String)
}
