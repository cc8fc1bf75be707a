import Bytes

/// Finds the values at a place in a JSON text, one after the other, without building any (RFC 8259).
///
/// Reads only as far as it must, and judges only what it reads: what stands behind a value may be anything. Of members with
/// the same name the first counts. Nesting costs no stack, so there is no limit on it.
public struct JSONScanner {
    private let path: JSONPath
    private var cursor = JSONCursor()
    /// Elements behind which the search goes on, the innermost last.
    private var branches: [8 of Branch] = .init(repeating: Branch())
    private var branchCount = 0
    private var hasBegun = false

    /// An element of an array of which each is wanted.
    private struct Branch {
        /// Place of its `[*]` in the path.
        var step = 0
        /// Where the element begins.
        var position = 0
    }

    public init(_ path: JSONPath) { self.path = path }

    /// The first value at a place.
    public static func find(_ path: JSONPath, in text: Span<UInt8>) -> JSONValue? {
        var scanner = JSONScanner(path)
        return scanner.next(in: text)
    }

    /// The next value; nil when there are no more.
    /// - Parameter text: the same each time.
    public mutating func next(in text: Span<UInt8>) -> JSONValue? {
        var step = 0
        if hasBegun {
            guard let more = advance(text) else { return nil }
            step = more
        } else {
            hasBegun = true
            cursor.skipBlanks(text)
        }
        while true {
            if descend(text, from: step), let value = value(text) { return value }
            guard let more = advance(text) else { return nil }
            step = more
        }
    }

    /// Goes to the next element of the innermost array that has one; the step that follows there.
    private mutating func advance(_ text: Span<UInt8>) -> Int? {
        while branchCount > 0 {
            let branch = branches[branchCount - 1]
            cursor.position = branch.position
            if Self.passElement(text, &cursor) {
                branches[branchCount - 1].position = cursor.position
                return branch.step + 1
            }
            branchCount -= 1
        }
        return nil
    }

    private mutating func descend(_ text: Span<UInt8>, from first: Int) -> Bool {
        for step in first..<path.steps.count {
            switch path.steps[step] {
            case .member(let name): guard Self.enterObject(text, &cursor, name) else { return false }
            case .element(let index): guard Self.enterArray(text, &cursor, index) else { return false }
            case .anyElement:
                guard branchCount < branches.count, Self.enterArray(text, &cursor, 0) else { return false }
                branches[branchCount] = Branch(step: step, position: cursor.position)
                branchCount += 1
            }
        }
        return true
    }

    /// The value here, without passing over it.
    private func value(_ text: Span<UInt8>) -> JSONValue? {
        var cursor = cursor
        return cursor.takeValue(text)
    }

    // MARK: Going down

    private static func enterObject(_ text: Span<UInt8>, _ cursor: inout JSONCursor, _ name: [UInt8]) -> Bool {
        guard cursor.take(UInt8(ascii: "{"), text) else { return false }
        while true {
            cursor.skipBlanks(text)
            guard let key = cursor.takeText(text) else { return false }
            cursor.skipBlanks(text)
            guard cursor.take(UInt8(ascii: ":"), text) else { return false }
            cursor.skipBlanks(text)
            if isName(key, name, text) { return true }
            guard cursor.skipValue(text) else { return false }
            cursor.skipBlanks(text)
            guard cursor.take(UInt8(ascii: ","), text) else { return false }
        }
    }

    private static func enterArray(_ text: Span<UInt8>, _ cursor: inout JSONCursor, _ index: Int) -> Bool {
        guard cursor.take(UInt8(ascii: "["), text) else { return false }
        cursor.skipBlanks(text)
        guard cursor.position < text.count, text[cursor.position] != UInt8(ascii: "]") else { return false }
        for _ in 0..<index { guard passElement(text, &cursor) else { return false } }
        return true
    }

    /// From the beginning of an element to that of the next one.
    private static func passElement(_ text: Span<UInt8>, _ cursor: inout JSONCursor) -> Bool {
        guard cursor.skipValue(text) else { return false }
        cursor.skipBlanks(text)
        guard cursor.take(UInt8(ascii: ","), text) else { return false }
        cursor.skipBlanks(text)
        return true
    }

    private static func isName(_ key: JSONValue, _ name: [UInt8], _ text: Span<UInt8>) -> Bool {
        guard key.kind == .text(hasEscapes: false) else { return JSONText.order(text.extracting(key.range), name) == 0 }
        guard key.range.count == name.count else { return false }
        for index in 0..<name.count where text[key.range.lowerBound + index] != name[index] { return false }
        return true
    }
}
