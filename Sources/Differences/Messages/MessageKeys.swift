import Bytes
import JSON
import WebSocket

/// Digests by which messages are found again that are alike and not the same.
package enum MessageKeys {
    /// Of what it says, without what differs by nature between two runs: ids, times, tokens.
    static func meaning(_ content: [UInt8], _ message: ComparedMessage, _ operation: UInt64) -> UInt64 {
        if message.opcode == .binary { return message.digest }
        var hasher = Hasher()
        hasher.combine(message.opcode.isControl)
        hasher.combine(operation)
        let start = JSONPart.start(in: content)
        guard let tree = JSONPart.tree(of: content, from: start) else {
            for word in Difference.words(content[...]) { if Volatile.isValue(word) { hasher.combine(0) } else { hasher.combine(word) } }
            return number(hasher)
        }
        for byte in content[..<start] where byte &- UInt8(ascii: "0") > 9 { hasher.combine(byte) }
        for row in tree.rows {
            hasher.combine(row.depth)
            var isVolatile = false
            if let name = row.name {
                hasher.combine(content[(start + name.lowerBound)..<(start + name.upperBound)])
                isVolatile = Volatile.isName(content[(start + name.lowerBound + 1)..<(start + name.upperBound - 1)])
            }
            let value = content[(start + row.value.lowerBound)..<(start + row.value.upperBound)]
            if isVolatile && !row.isContainer || Volatile.isValue(JSONPart.inner(value)) {
                hasher.combine(0)
            } else {
                hasher.combine(value)
            }
        }
        return number(hasher)
    }

    /// Of the words without those that have a digit: the same for the same message with other ids, times and numbers.
    static func masked(_ content: [UInt8], _ message: ComparedMessage, _ operation: UInt64) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(message.opcode.isControl)
        hasher.combine(operation)
        if message.opcode == .binary {
            if operation == 0 { hasher.combine(message.length) }
            return number(hasher)
        }
        for word in Difference.words(content[...]) {
            if word.contains(where: { $0 &- UInt8(ascii: "0") <= 9 }) { hasher.combine(0) } else { hasher.combine(word) }
        }
        return number(hasher)
    }

    /// Of what kind of message it is: its operation, or the names in its JSON and the words that say what it is.
    static func form(_ content: [UInt8], _ message: ComparedMessage, _ operation: UInt64) -> UInt64 {
        form(content, message.opcode, operation)
    }

    /// The same, where there is nothing but a message's content.
    package static func form(_ content: [UInt8], _ opcode: Opcode, _ operation: UInt64 = 0) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(opcode.isControl ? opcode : .text)
        hasher.combine(operation)
        guard operation == 0, !opcode.isControl else { return number(hasher) }
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

    /// Digests of its words, sorted, to count how many two messages share.
    static func words(_ content: [UInt8], limit: Int) -> [Int] {
        Difference.words(content[..<min(content.count, 4_096)]).prefix(limit).map(\.hashValue).sorted()
    }

    private static func number(_ hasher: Hasher) -> UInt64 {
        let hasher = hasher
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}

/// JSON in a message, of which a few bytes may stand before it, as socket.io's `42["news"]`.
package enum JSONPart {
    /// Where it may begin.
    package static func start(in content: [UInt8]) -> Int {
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

    /// A text without its quotes; anything else as it is.
    package static func inner(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        value.first == UInt8(ascii: "\"") && value.count >= 2 ? value.dropFirst().dropLast() : value
    }

    package static func tree(of content: [UInt8], from start: Int) -> JSONTree? {
        guard start < content.count, [UInt8(ascii: "{"), UInt8(ascii: "[")].contains(content[start]) else { return nil }
        return JSONTree(content.span.extracting(start..<content.count))
    }

    private static let kinds: [StaticString] = [
        "type", "event", "op", "method", "action", "cmd", "command", "channel", "topic", "t", "kind",
    ]

    static func tellsKind(_ name: ArraySlice<UInt8>) -> Bool {
        kinds.contains { word in
            word.utf8CodeUnitCount == name.count && name.span.matches(word)
        }
    }
}
