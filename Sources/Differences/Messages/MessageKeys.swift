import Bytes
import JSON
import WebSocket

/// Digests by which messages are found again that are alike and not the same.
enum MessageKeys {
    /// Of the words without those that have a digit: the same for the same message with other ids, times and numbers.
    static func masked(_ content: [UInt8], _ message: ComparedMessage) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(message.opcode.isControl)
        hasher.combine(message.operation)
        if message.opcode == .binary {
            if message.operation == 0 { hasher.combine(message.length) }
            return number(hasher)
        }
        var start = 0
        while start < content.count {
            var end = start
            var hasDigit = false
            while end < content.count, Difference.isOfWord(content[end]) {
                hasDigit = hasDigit || content[end] &- UInt8(ascii: "0") <= 9
                end += 1
            }
            if end == start {
                hasher.combine(content[start])
                end += 1
            } else if hasDigit {
                hasher.combine(UInt8(ascii: "0"))
            } else {
                hasher.combine(end - start)
                for byte in content[start..<end] { hasher.combine(byte) }
            }
            start = end
        }
        return number(hasher)
    }

    /// Of what kind of message it is: its operation, or the names in its JSON and the words that say what it is.
    static func form(_ content: [UInt8], _ message: ComparedMessage) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(message.opcode.isControl ? message.opcode : .text)
        hasher.combine(message.operation)
        guard message.operation == 0, !message.opcode.isControl else { return number(hasher) }
        let start = JSONPart.start(in: content)
        for byte in content[..<start] where byte &- UInt8(ascii: "0") > 9 { hasher.combine(byte) }
        if let tree = JSONPart.tree(of: content, from: start) {
            for row in tree.rows where row.depth <= 2 {
                guard let name = row.name else { continue }
                hasher.combine(row.depth)
                hasher.combine(content[(start + name.lowerBound)..<(start + name.upperBound)])
                let inner = content[(start + name.lowerBound + 1)..<(start + name.upperBound - 1)]
                if !row.isContainer, JSONPart.tellsKind(inner) {
                    hasher.combine(content[(start + row.value.lowerBound)..<(start + row.value.upperBound)])
                }
            }
        } else if let word = Difference.words(content[..<min(content.count, 64)]).first {
            hasher.combine(word)
        }
        return number(hasher)
    }

    private static func number(_ hasher: Hasher) -> UInt64 {
        let hasher = hasher
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}

/// JSON in a message, of which a few bytes may stand before it, as socket.io's `42["news"]`.
enum JSONPart {
    /// Where it may begin.
    static func start(in content: [UInt8]) -> Int {
        for index in 0..<min(content.count, 64) {
            switch content[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): return index
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "/"), UInt8(ascii: ","),
                UInt8(ascii: "-"), UInt8(ascii: "_"), 0x20, 0x0A:
                continue
            default: return 0
            }
        }
        return 0
    }

    static func tree(of content: [UInt8], from start: Int) -> JSONTree? {
        guard start < content.count, [UInt8(ascii: "{"), UInt8(ascii: "[")].contains(content[start]) else { return nil }
        return JSONTree(content.span.extracting(start..<content.count))
    }

    private static let kinds: [StaticString] = ["type", "event", "op", "method", "action", "cmd", "command", "channel", "topic", "t", "kind"]

    static func tellsKind(_ name: ArraySlice<UInt8>) -> Bool {
        kinds.contains { word in
            word.utf8CodeUnitCount == name.count && name.span.matches(word)
        }
    }
}
