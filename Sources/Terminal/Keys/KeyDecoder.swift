import Bytes

/// Cuts what a terminal sends into keys, mouse events and pastes.
///
/// Holds what is not whole yet, so that it may come byte by byte. A sequence that means nothing is swallowed whole, never shown
/// as the letters that it ends with.
public struct KeyDecoder: ~Copyable {
    private var buffer = ByteBuffer()
    /// What was pasted so far, while a paste lasts.
    private var pasted: [UInt8]?

    public init() {}

    /// Bytes that a paste may have; the rest of it is dropped.
    static let pasteLimit = 1 << 20
    /// A control sequence that is longer than this is none.
    static let sequenceLimit = 64

    public mutating func feed(_ bytes: Span<UInt8>) { buffer.append(bytes) }

    /// What came begins with ESC and may go on: the Escape key, or a sequence of which the rest is under way. Wait a moment, then
    /// ask for the next event with `isLate`.
    public var isAmbiguous: Bool { !buffer.isEmpty && pasted == nil }

    /// The next whole event; nil when there is none.
    ///
    /// - Parameter isLate: nothing more has come for a while, so what is there is all there is.
    public mutating func next(isLate: Bool = false) -> InputEvent? {
        while !buffer.isEmpty {
            if pasted != nil {
                guard let text = takePaste() else { return nil }
                return .paste(text)
            }
            switch decode(buffer.span, isLate: isLate) {
            case .needsMore: return nil
            case .nothing(let count): buffer.removeFirst(count)
            case .event(let event, let count):
                buffer.removeFirst(count)
                return event
            case .pasteBegins(let count):
                buffer.removeFirst(count)
                pasted = []
            }
        }
        return nil
    }

    private enum Outcome {
        case event(InputEvent, Int)
        case nothing(Int)
        case pasteBegins(Int)
        case needsMore
    }

    // MARK: One event

    private func decode(_ bytes: Span<UInt8>, isLate: Bool) -> Outcome {
        guard bytes[0] == 0x1B else { return plain(bytes, from: 0, isLate: isLate) }
        guard bytes.count > 1 else { return isLate ? .event(.key(Key(.escape)), 1) : .needsMore }
        switch bytes[1] {
        case UInt8(ascii: "["): return controlSequence(bytes, isLate: isLate)
        case UInt8(ascii: "O"):
            guard bytes.count > 2 else { return isLate ? .event(.key(Key(.character("O"), .alt)), 2) : .needsMore }
            guard let code = Self.cursorKey(bytes[2]) else { return .nothing(3) }
            return .event(.key(Key(code)), 3)
        case 0x1B: return .event(.key(Key(.escape)), 1)
        default:
            // ESC before a key is how Alt is sent.
            guard case .event(.key(var key), let count) = plain(bytes, from: 1, isLate: isLate) else {
                return isLate ? .nothing(1) : .needsMore
            }
            key.modifiers.insert(.alt)
            return .event(.key(key), count)
        }
    }

    /// A character or a control character at `start`; counts are from the beginning.
    private func plain(_ bytes: Span<UInt8>, from start: Int, isLate: Bool) -> Outcome {
        let byte = bytes[start]
        switch byte {
        case 0x0D, 0x0A: return .event(.key(Key(.enter)), start + 1)
        case 0x09: return .event(.key(Key(.tab)), start + 1)
        case 0x7F, 0x08: return .event(.key(Key(.backspace)), start + 1)
        case 0x00: return .event(.key(.control(" ")), start + 1)
        case 0x01...0x1A: return .event(.key(.control(Unicode.Scalar(byte + 0x60))), start + 1)
        case 0x1C...0x1F: return .event(.key(.control(Unicode.Scalar(byte + 0x40))), start + 1)
        case 0x20..<0x7F: return .event(.key(.character(Unicode.Scalar(byte))), start + 1)
        default: return character(bytes, from: start, isLate: isLate)
        }
    }

    private func character(_ bytes: Span<UInt8>, from start: Int, isLate: Bool) -> Outcome {
        let lead = bytes[start]
        let length = lead & 0xE0 == 0xC0 ? 2 : lead & 0xF0 == 0xE0 ? 3 : lead & 0xF8 == 0xF0 ? 4 : 1
        let available = min(length, bytes.count - start)
        for index in 1..<max(1, available) where bytes[start + index] & 0xC0 != 0x80 { return .nothing(start + index) }
        if available < length { return isLate ? .nothing(start + available) : .needsMore }
        let text = String(decoding: bytes.extracting(start..<start + length).copied(), as: UTF8.self)
        guard let scalar = text.unicodeScalars.first, scalar != "\u{FFFD}" else { return .nothing(start + length) }
        return .event(.key(.character(scalar)), start + length)
    }

    // MARK: Control sequences (ECMA-48 §5.4)

    private func controlSequence(_ bytes: Span<UInt8>, isLate: Bool) -> Outcome {
        var end = 2
        // Linux' console sends `ESC [ [ A` for F1.
        if bytes.count > 2, bytes[2] == UInt8(ascii: "[") {
            guard bytes.count > 3 else { return isLate ? .nothing(3) : .needsMore }
            guard (0x41...0x45).contains(bytes[3]) else { return .nothing(4) }
            return .event(.key(Key(.function(Int(bytes[3]) - 0x40))), 4)
        }
        while end < bytes.count, (0x20...0x3F).contains(bytes[end]) { end += 1 }
        if end >= Self.sequenceLimit { return .nothing(end) }
        guard end < bytes.count else {
            if end == 2, isLate { return .event(.key(Key(.character("["), .alt)), 2) }
            return isLate ? .nothing(end) : .needsMore
        }
        // Anything else than a final byte breaks the sequence off, and is looked at anew.
        guard (0x40...0x7E).contains(bytes[end]) else { return .nothing(end) }
        let parameters = String(decoding: bytes.extracting(2..<end).copied(), as: UTF8.self)
        return sequence(parameters, final: bytes[end], count: end + 1)
    }

    private func sequence(_ parameters: String, final: UInt8, count: Int) -> Outcome {
        if parameters.first == "<" { return mouse(parameters.dropFirst(), final, count) }
        let numbers = parameters.split(separator: ";", omittingEmptySubsequences: false).map { UInt16($0) ?? 1 }
        let modifiers = numbers.count > 1 && (1...8).contains(numbers[1]) ? Key.Modifiers(rawValue: UInt8(numbers[1] - 1)) : []
        switch final {
        case UInt8(ascii: "Z"): return .event(.key(Key(.tab, .shift)), count)
        case UInt8(ascii: "~"):
            if numbers.first == 200 { return .pasteBegins(count) }
            guard let code = numbers.first.flatMap(Self.editingKey) else { return .nothing(count) }
            return .event(.key(Key(code, modifiers)), count)
        default:
            guard let code = Self.cursorKey(final) else { return .nothing(count) }
            return .event(.key(Key(code, modifiers)), count)
        }
    }

    private static func cursorKey(_ final: UInt8) -> Key.Code? {
        switch final {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): .right
        case UInt8(ascii: "D"): .left
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "F"): .end
        case UInt8(ascii: "M"): .enter
        case 0x50...0x53: .function(Int(final) - 0x4F)
        default: nil
        }
    }

    private static func editingKey(_ number: UInt16) -> Key.Code? {
        switch number {
        case 1, 7: .home
        case 2: .insert
        case 3: .delete
        case 4, 8: .end
        case 5: .pageUp
        case 6: .pageDown
        case 11...15: .function(Int(number) - 10)
        case 17...21: .function(Int(number) - 11)
        case 23, 24: .function(Int(number) - 12)
        default: nil
        }
    }

    // MARK: Mouse (xterm's SGR form) and paste

    private func mouse(_ parameters: Substring, _ final: UInt8, _ count: Int) -> Outcome {
        let numbers = parameters.split(separator: ";").compactMap { UInt16($0) }.map(Int.init)
        guard numbers.count == 3, numbers[1] > 0, numbers[2] > 0, final == UInt8(ascii: "M") || final == UInt8(ascii: "m") else {
            return .nothing(count)
        }
        let place = Position(row: numbers[2] - 1, column: numbers[1] - 1)
        let button = numbers[0] & 3
        let kind: MouseEvent.Kind
        if numbers[0] & 64 != 0 {
            guard button < 2 else { return .nothing(count) }
            kind = button == 0 ? .wheelUp : .wheelDown
        } else {
            guard button < 3 else { return .nothing(count) }
            kind = final == UInt8(ascii: "m") ? .release : numbers[0] & 32 != 0 ? .drag : .press
        }
        return .event(.mouse(MouseEvent(kind, button: kind == .wheelUp || kind == .wheelDown ? 0 : button, at: place)), count)
    }

    /// Moves what is there to the paste; its text when the end is there.
    private mutating func takePaste() -> String? {
        let end: StaticString = "\u{1B}[201~"
        let (at, isOver) = Self.find(end, in: buffer.span)
        var whole = pasted ?? []
        whole.append(contentsOf: buffer.span.extracting(0..<min(at, Self.pasteLimit - whole.count)).copied())
        buffer.removeFirst(at + (isOver ? end.utf8CodeUnitCount : 0))
        pasted = isOver ? nil : whole
        return isOver ? String(decoding: whole, as: UTF8.self) : nil
    }

    /// Where `end` stands, or may begin and go on with what is still to come.
    private static func find(_ end: StaticString, in bytes: Span<UInt8>) -> (Int, isThere: Bool) {
        for at in 0..<bytes.count where bytes[at] == 0x1B {
            if bytes.matches(end, at: at) { return (at, true) }
            if bytes.count - at < end.utf8CodeUnitCount { return (at, false) }
        }
        return (bytes.count, false)
    }
}
