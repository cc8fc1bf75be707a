import Bytes
import Differences
import JSON

/// What the user wants to be sent in the place of something captured: `OLD=NEW` for text, `$.token=NEW` for a value in JSON.
public struct Substitution: Sendable, Equatable {
    private enum Old: Equatable {
        case text([UInt8])
        case value(JSONPath)
    }

    private let old: Old
    private let new: [UInt8]

    /// Why a substitution cannot be read, as a sentence.
    public struct Mistake: Error, Equatable {
        public var words: String
    }

    public init(_ written: String) throws(Mistake) {
        guard let sign = written.firstIndex(of: "="), sign != written.startIndex else {
            throw Mistake(words: "expected OLD=NEW or $.PATH=NEW.")
        }
        let before = written[..<sign]
        new = Array(written[written.index(after: sign)...].utf8)
        if before.hasPrefix("$.") || before.hasPrefix("$[") {
            old = .value(try Self.path(before.dropFirst()))
        } else {
            old = .text(Array(before.utf8))
        }
    }

    /// It is about text anywhere, and not about values in JSON only.
    var isText: Bool { if case .text = old { true } else { false } }

    // MARK: Replacing

    func replaced(in content: [UInt8]) -> [UInt8] {
        switch old {
        case .text(let old): return Self.replace(old, by: new, in: content)
        case .value(let path): return replaced(path, in: content)
        }
    }

    /// Puts a text in the place of another one, wherever that stands.
    static func replace(_ old: [UInt8], by new: [UInt8], in content: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var (at, written) = (0, 0)
        while let found = content[at...].firstIndex(of: old[0]) {
            guard content[found...].starts(with: old) else {
                at = found + 1
                continue
            }
            output += content[written..<found]
            output += new
            (at, written) = (found + old.count, found + old.count)
        }
        return written == 0 ? content : output + content[written...]
    }

    /// A text stays a text; anything else becomes what was written, where that is JSON.
    private func replaced(_ path: JSONPath, in content: [UInt8]) -> [UInt8] {
        let start = JSONPart.start(in: content)
        guard JSONPart.tree(of: content, from: start) != nil else { return content }
        let text = content.span.extracting(start..<content.count)
        var scanner = JSONScanner(path)
        var output: [UInt8] = []
        var written = 0
        while let value = scanner.next(in: text) {
            let range = start + value.range.lowerBound..<start + value.range.upperBound
            guard range.lowerBound >= written else { continue }
            output += content[written..<range.lowerBound]
            if value.isText {
                output += Self.escaped(new)
            } else if JSONTree(new.span) != nil {
                output += new
            } else {
                output += [UInt8(ascii: "\"")] + Self.escaped(new) + [UInt8(ascii: "\"")]
            }
            written = range.upperBound
        }
        return written == 0 ? content : output + content[written...]
    }

    /// A text as it is written between quotes in JSON (RFC 8259 §7).
    static func escaped(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                output += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
            default: output.append(byte)
            }
        }
        return output
    }

    // MARK: Paths

    /// Reads what follows `$`: `.name` and `[0]`, `[*]` or `["name"]`.
    private static func path(_ text: Substring) throws(Mistake) -> JSONPath {
        var path = JSONPath()
        var rest = text
        while let first = rest.first {
            rest = rest.dropFirst()
            if first == "." {
                let name = rest.prefix { $0 != "." && $0 != "[" }
                guard !name.isEmpty else { throw Mistake(words: "the name of a member is missing after a dot.") }
                path.steps.append(.member(Array(name.utf8)))
                rest = rest.dropFirst(name.count)
                continue
            }
            guard first == "[", let end = rest.firstIndex(of: "]") else {
                throw Mistake(words: "expected .name, [0], [*] or [\"name\"] in the path.")
            }
            let inside = rest[..<end]
            rest = rest[rest.index(after: end)...]
            if inside == "*" {
                path.steps.append(.anyElement)
            } else if inside.count > 2, inside.first == "\"", inside.last == "\"" {
                path.steps.append(.member(Array(inside.dropFirst().dropLast().utf8)))
            } else if inside.utf8.count <= 9, !inside.isEmpty, inside.utf8.allSatisfy({ $0 &- 0x30 <= 9 }), let index = Int(inside) {
                path.steps.append(.element(index))
            } else {
                throw Mistake(words: "in brackets belongs the number of an element, * or the name of a member in quotes.")
            }
        }
        guard path.steps.count(where: { $0 == .anyElement }) <= JSONPath.anyElementLimit else {
            throw Mistake(words: "a path has at most \(JSONPath.anyElementLimit) [*].")
        }
        return path
    }
}
