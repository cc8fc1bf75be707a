import Bytes
import JSON
import WebSocket

/// What differs between the contents of two messages that belong together.
public struct ContentChange: Sendable {
    /// One value in the place of another.
    public struct Part: Sendable, Equatable {
        /// Where it stands: `json.user.name`; empty where the content is no JSON.
        public var path: String
        /// nil where there was nothing.
        public var before: String?
        public var after: String?
        /// Where they stand in the contents, in bytes.
        var rangeA: Range<Int>?
        var rangeB: Range<Int>?
        var isNumber = false
        /// It differs by nature between two runs.
        var isVolatile = false
    }

    public internal(set) var parts: [Part] = []
    /// Parts beyond `partLimit`.
    public internal(set) var omittedCount = 0
    /// The values are the same, written with other blanks or in another order.
    public internal(set) var isFormOnly = false

    static let partLimit = 16
    /// Bytes of a value that are kept.
    static let valueLimit = 200

    var isEmpty: Bool { parts.isEmpty && omittedCount == 0 && !isFormOnly }

    init(_ a: [UInt8], _ b: [UInt8], isText: Bool) {
        if isText { compareTexts(a, b) } else { compareBytes(a, b) }
    }

    private mutating func compareTexts(_ a: [UInt8], _ b: [UInt8]) {
        let (startA, startB) = (JSONPart.start(in: a), JSONPart.start(in: b))
        if let left = JSONPart.tree(of: a, from: startA), let right = JSONPart.tree(of: b, from: startB) {
            if a[..<startA] != b[..<startB] {
                add(
                    Part(
                        path: "", before: Self.text(a[..<startA]), after: Self.text(b[..<startB]), rangeA: 0..<startA, rangeB: 0..<startB,
                        isVolatile: Self.differInNumber(a[..<startA], b[..<startB])))
            }
            var walk = JSONComparison(Array(a[startA...]), left, Array(b[startB...]), right)
            walk.run()
            for var part in walk.parts {
                part.rangeA = part.rangeA.map { $0.lowerBound + startA..<$0.upperBound + startA }
                part.rangeB = part.rangeB.map { $0.lowerBound + startB..<$0.upperBound + startB }
                add(part)
            }
            omittedCount += walk.omittedCount
            isFormOnly = parts.isEmpty && omittedCount == 0
            return
        }
        for (old, new) in Self.merged(Difference.replacements(a[...], b[...]), a, b) {
            let isVolatile = (old.isEmpty || Volatile.isValue(old)) && (new.isEmpty || Volatile.isValue(new))
            add(
                Part(
                    path: "", before: old.isEmpty ? nil : Self.text(old), after: new.isEmpty ? nil : Self.text(new),
                    rangeA: old.isEmpty ? nil : old.startIndex..<old.endIndex, rangeB: new.isEmpty ? nil : new.startIndex..<new.endIndex,
                    isVolatile: isVolatile)
            )
        }
    }

    mutating func add(_ part: Part) {
        if parts.count < Self.partLimit { parts.append(part) } else { omittedCount += 1 }
    }

    /// Words that differ one after another are one difference, so that a sentence does not come in pieces.
    private static func merged(
        _ replaced: [(a: ArraySlice<UInt8>, b: ArraySlice<UInt8>)], _ a: [UInt8], _ b: [UInt8]
    ) -> [(ArraySlice<UInt8>, ArraySlice<UInt8>)] {
        guard replaced.count > 4, let first = replaced.first, let last = replaced.last else { return replaced.map { ($0.a, $0.b) } }
        // Too many to be read: from the first to the last.
        func whole(_ text: [UInt8], _ first: ArraySlice<UInt8>, _ last: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
            guard !first.isEmpty, !last.isEmpty, first.startIndex < last.endIndex else { return text[...] }
            return text[first.startIndex..<last.endIndex]
        }
        return [(whole(a, first.a, last.a), whole(b, first.b, last.b))]
    }

    /// Digits in them differ and nothing else.
    private static func differInNumber(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Bool {
        func letters(_ text: ArraySlice<UInt8>) -> [UInt8] { text.filter { $0 &- UInt8(ascii: "0") > 9 } }
        return letters(a) == letters(b)
    }

    private mutating func compareBytes(_ a: [UInt8], _ b: [UInt8]) {
        var start = 0
        while start < min(a.count, b.count), a[start] == b[start] { start += 1 }
        var end = 0
        while end < min(a.count, b.count) - start, a[a.count - 1 - end] == b[b.count - 1 - end] { end += 1 }
        func hex(_ bytes: [UInt8]) -> String? {
            let part = bytes[start..<bytes.count - end]
            guard !part.isEmpty else { return nil }
            var text = ByteBuffer()
            for (index, byte) in part.prefix(16).enumerated() {
                if index > 0 { text.append(" ") }
                text.append(hex: UInt64(byte), digits: 2)
            }
            if part.count > 16 { text.append(string: " … \(part.count) bytes") }
            return String(decoding: text.span.copied(), as: UTF8.self)
        }
        func range(_ bytes: [UInt8]) -> Range<Int>? { bytes.count - end > start ? start..<bytes.count - end : nil }
        add(Part(path: "byte \(start)", before: hex(a), after: hex(b), rangeA: range(a), rangeB: range(b)))
    }

    /// A value as text, cut where it is long.
    static func text(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.count > valueLimit else { return String(decoding: bytes, as: UTF8.self) }
        var end = bytes.startIndex + valueLimit
        while end > bytes.startIndex, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self) + "…"
    }
}
