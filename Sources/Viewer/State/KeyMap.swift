import Terminal

/// Where a key means what it means.
struct Places: OptionSet, Sendable {
    var rawValue: UInt16
    static let connections = Places(rawValue: 1)
    static let timeline = Places(rawValue: 1 << 1)
    static let frame = Places(rawValue: 1 << 2)
    static let findings = Places(rawValue: 1 << 3)
    static let handshake = Places(rawValue: 1 << 4)
    static let statistics = Places(rawValue: 1 << 5)
    static let help = Places(rawValue: 1 << 6)
    static let compare = Places(rawValue: 1 << 7)
    static let prompt = Places(rawValue: 1 << 8)
    static let requests = Places(rawValue: 1 << 9)
    static let everywhere = Places(rawValue: 0x3FF)
    /// Everywhere but at a prompt, where keys are letters.
    static let screens = Places(rawValue: 0x2FF)
}

/// The one table of keys: what is pressed, what it does, and how help puts it.
public struct Binding: Sendable {
    let keys: [Key]
    let action: Action
    let places: Places
    let help: String
    let topic: Topic

    enum Topic: String, CaseIterable, Sendable {
        case moving = "Moving"
        case screens = "Screens"
        case connections = "Connections"
        case timeline = "Timeline"
        case frame = "Frame"
        case jumps = "Jumps"
        case looking = "Searching and filtering"
        case taking = "Copy and save"
        case prompt = "At a prompt"
        case program = "Program"
    }
}

public enum KeyMap {
    /// What an event does; nil when nothing.
    static func action(for event: InputEvent, in place: Places) -> Action? {
        switch event {
        case .key(let key):
            if let binding = table.first(where: { $0.places.contains(place) && $0.keys.contains(key) }) { return binding.action }
            guard place == .prompt, key.modifiers.isEmpty, case .character(let scalar) = key.code else { return nil }
            return .type(scalar)
        case .paste(let text): return place == .prompt ? .paste(text) : nil
        case .mouse(let mouse):
            guard place != .prompt else { return nil }
            switch mouse.kind {
            case .wheelUp: return .scroll(-3)
            case .wheelDown: return .scroll(3)
            case .press: return mouse.button == 0 ? .click(mouse.place) : nil
            case .release, .drag: return nil
            }
        }
    }

    /// The table as the documents have it.
    public static var markdown: String {
        var text = "| | keys | |\n|---|---|---|\n"
        for topic in Binding.Topic.allCases {
            for (index, binding) in table.filter({ $0.topic == topic }).enumerated() {
                let keys = binding.keys.map { "`\($0)`" }.joined(separator: " ")
                text += "| \(index == 0 ? topic.rawValue : "") | \(keys) | \(binding.help) |\n"
            }
        }
        return text
    }

    static let table: [Binding] = moving + screens + connections + timeline + frame + jumps + looking + taking + prompt + program

    private static func on(
        _ keys: [Key], _ action: Action, _ topic: Binding.Topic, in places: Places = .screens, _ help: String
    ) -> Binding {
        Binding(keys: keys, action: action, places: places, help: help, topic: topic)
    }

    private static func key(_ scalar: Unicode.Scalar) -> Key { .character(scalar) }

    private static let moving = [
        on([key("j"), Key(.down)], .down, .moving, "down a row"),
        on([key("k"), Key(.up)], .up, .moving, "up a row"),
        on([.control("f"), Key(.pageDown), key(" ")], .pageDown, .moving, "down a page"),
        on([.control("b"), Key(.pageUp)], .pageUp, .moving, "up a page"),
        on([.control("d")], .halfPageDown, .moving, "down half a page"),
        on([.control("u")], .halfPageUp, .moving, "up half a page"),
        on([key("g"), Key(.home)], .top, .moving, "to the first row"),
        on([key("G"), Key(.end)], .bottom, .moving, "to the last row"),
        on([key("h"), Key(.left)], .left, .moving, "left: fold, or out"),
        on([key("l"), Key(.right)], .right, .moving, "right: unfold, or in"),
    ]

    private static let screens = [
        on([Key(.enter)], .open, .screens, "open what is selected"),
        on([key("q"), Key(.backspace)], .back, .screens, "back; from the first screen, quit"),
        on([key("1")], .connections, .screens, "all connections"),
        on([key("2")], .timeline, .screens, "frames of all connections, or of the marked ones"),
        on([key("3")], .findings, .screens, "findings"),
        on([key("4")], .statistics, .screens, "statistics of what is shown"),
        on([key("5")], .requests, .screens, "requests inside WebSocket, the unanswered first"),
        on([key("i")], .handshake, .screens, "handshake of the connection"),
        on([key("d")], .detail, .screens, in: [.connections, .timeline, .findings, .requests], "detail of what is selected, or more rows"),
        on([key("?"), Key(.function(1))], .help, .screens, "this list"),
    ]

    private static let connections = [
        on([key("s")], .order, .connections, in: .connections, "sort by number, state, frames, bytes, time, findings"),
        on([key("r")], .reverse, .connections, in: .connections, "the same order reversed"),
    ]

    private static let timeline = [
        on([key("v")], .columns, .timeline, in: .timeline, "one column, or client left and server right"),
        on([key("t")], .clock, .timeline, in: [.timeline, .frame], "times: relative, time of day, since the row before"),
        on([key("P")], .heartbeats, .timeline, in: .timeline, "hide pings and pongs, or show them"),
        on([key("F")], .follow, .timeline, in: [.timeline, .connections, .findings], "follow the end; moving up stops it"),
        on([key("m")], .mark, .timeline, in: [.connections, .timeline, .frame], "mark the frame or the connection, or take the mark away"),
        on([key("'")], .nextMark, .timeline, in: [.timeline, .frame], "to the next mark"),
        on([key("c")], .compare, .timeline, in: [.timeline, .frame], "compare with the marked frame"),
    ]

    private static let frame = [
        on([Key(.tab)], .nextForm, .frame, in: [.frame, .compare], "payload as text, JSON tree, hex"),
        on([key("b")], .header, .frame, in: .frame, "fold or unfold the bits of the header"),
        on([key(".")], .nextField, .frame, in: .frame, "next field of the header"),
        on([key(",")], .previousField, .frame, in: .frame, "previous field"),
        on([key("z")], .fold, .frame, in: .frame, "fold or unfold all of the JSON tree"),
        on([key("w")], .wire, .frame, in: [.frame, .compare], "payload, its undecoded bytes, the whole message"),
    ]

    private static let jumps = [
        on([key("J"), key(")")], .nextFrame, .jumps, in: .frame, "next frame"),
        on([key("K"), key("(")], .previousFrame, .jumps, in: .frame, "previous frame"),
        on([key("e")], .nextFinding, .jumps, in: [.timeline, .frame], "next frame with a finding"),
        on([key("E")], .previousFinding, .jumps, in: [.timeline, .frame], "previous frame with a finding"),
        on(
            [key("p")], .partner, .jumps, in: [.timeline, .frame],
            "from request, ping or close to what answers it, and back"),
        on([key("]")], .nextFragment, .jumps, in: [.timeline, .frame], "next fragment of the message"),
        on([key("[")], .previousFragment, .jumps, in: [.timeline, .frame], "previous fragment"),
        on([key("o")], .otherSide, .jumps, in: [.timeline, .frame], "next frame of the other side"),
    ]

    private static let looking = [
        on([key("/")], .search, .looking, "search all payloads: text, hex or a regular expression"),
        on([key("n")], .nextMatch, .looking, "next match"),
        on([key("N")], .previousMatch, .looking, "previous match"),
        on([key("f")], .filter, .looking, in: [.connections, .timeline], "show only what matches an expression"),
        on([key("C")], .context, .looking, in: .timeline, "with 3 frames around each match, with 10, without"),
        on([Key(.escape)], .cancel, .looking, "stop a search; clear search, then filter; back"),
    ]

    private static let taking = [
        on([key("y")], .copy, .taking, in: [.timeline, .frame, .handshake], "copy the payload to the clipboard"),
        on([key("s")], .savePayload, .taking, in: [.timeline, .frame], "save the payload to a file"),
        on([key("W")], .saveConnection, .taking, in: [.connections, .timeline, .frame, .handshake], "save the connection as pcapng"),
        on([key("x")], .saveFrames, .taking, in: [.timeline, .frame], "save marked frames, or this one, as JSON Lines"),
    ]

    private static let prompt = [
        on([Key(.enter)], .submit, .prompt, in: .prompt, "do it"),
        on([Key(.escape), .control("c")], .abandon, .prompt, in: .prompt, "do nothing"),
        on([Key(.tab)], .searchForm, .prompt, in: .prompt, "search for text, hex, a regular expression"),
        on([Key(.backspace)], .erase, .prompt, in: .prompt, "erase a character"),
        on([.control("w")], .eraseWord, .prompt, in: .prompt, "erase a word"),
        on([.control("u")], .eraseAll, .prompt, in: .prompt, "erase everything"),
        on([Key(.left)], .cursorLeft, .prompt, in: .prompt, "cursor left"),
        on([Key(.right)], .cursorRight, .prompt, in: .prompt, "cursor right"),
        on([Key(.up)], .older, .prompt, in: .prompt, "what was entered before"),
        on([Key(.down)], .newer, .prompt, in: .prompt, "what was entered after that"),
    ]

    private static let program = [
        on([.control("c"), key("Q")], .quit, .program, "quit"),
        on([.control("z")], .suspend, .program, in: .everywhere, "suspend; fg continues"),
        on([.control("l")], .redraw, .program, in: .everywhere, "redraw the screen"),
    ]
}
