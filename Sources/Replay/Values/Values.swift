import Bytes
import Differences
import JSON

/// What is put in the place of captured values: what the user said, and what the peer chose anew.
public final class Values {
    private let substitutions: [Substitution]
    /// Texts that look like ids, tokens or times, which the peer sends in the place of captured ones: as they are written in JSON.
    private var texts: [[UInt8]: [UInt8]] = [:]
    /// Values that only the name of their member says to be such: another value of the same name may be meant nowhere else.
    private var members: [Member: [UInt8]] = [:]

    private struct Member: Hashable {
        var name: [UInt8]
        var value: [UInt8]
    }

    /// Values that are remembered, and bytes of a message that is looked through.
    private static let countLimit = 10_000
    private static let byteLimit = 1 << 20
    /// The shortest text that is looked for inside of other text.
    private static let leastCount = 8

    public init(_ substitutions: [Substitution] = []) { self.substitutions = substitutions }

    /// Values that the peer chose anew, by now.
    public var count: Int { texts.count + members.count }

    // MARK: What is sent

    /// A text message as it is to be sent.
    public func replaced(in content: [UInt8]) -> [UInt8] {
        var content = texts.isEmpty && members.isEmpty ? content : carried(into: content)
        for substitution in substitutions { content = substitution.replaced(in: content) }
        return content
    }

    /// A target or the value of a field as it is to be sent.
    public func replaced(in text: String) -> String {
        var bytes = Array(text.utf8)
        for (old, new) in texts where old.count >= Self.leastCount && Volatile.isValue(old) {
            bytes = Substitution.replace(old, by: new, in: bytes)
        }
        for substitution in substitutions where substitution.isText { bytes = substitution.replaced(in: bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func carried(into content: [UInt8]) -> [UInt8] {
        let start = JSONPart.start(in: content)
        guard content.count <= Self.byteLimit, let tree = JSONPart.tree(of: content, from: start) else { return content }
        var output: [UInt8] = []
        var written = 0
        for row in tree.rows where !row.isContainer {
            let range = start + row.value.lowerBound..<start + row.value.upperBound
            guard let new = carried(content[range], named: row.name.map { content[start + $0.lowerBound..<start + $0.upperBound] }) else {
                continue
            }
            output += content[written..<range.lowerBound]
            output += new
            written = range.upperBound
        }
        return written == 0 ? content : output + content[written...]
    }

    private func carried(_ value: ArraySlice<UInt8>, named name: ArraySlice<UInt8>?) -> [UInt8]? {
        let quote = UInt8(ascii: "\"")
        if value.first == quote, let new = texts[Array(JSONPart.inner(value))] { return [quote] + new + [quote] }
        return name.flatMap { members[Member(name: Array($0), value: Array(value))] }
    }

    // MARK: What has come

    /// Learns from a message what the peer chose anew: ids, tokens and times that stand in the same place in both.
    public func learn(from captured: [UInt8], and received: [UInt8]) {
        guard captured != received, max(captured.count, received.count) <= Self.byteLimit else { return }
        let (start, other) = (JSONPart.start(in: captured), JSONPart.start(in: received))
        guard let one = JSONPart.tree(of: captured, from: start), let two = JSONPart.tree(of: received, from: other) else { return }
        learn(Side(captured[start...], one), 0, Side(received[other...], two), 0)
    }

    /// A JSON text and its rows.
    private struct Side {
        let text: ArraySlice<UInt8>
        let rows: [JSONTree.Row]

        init(_ text: ArraySlice<UInt8>, _ tree: JSONTree) {
            self.text = text
            rows = tree.rows
        }

        func value(_ row: Int) -> ArraySlice<UInt8> { slice(rows[row].value) }
        func name(_ row: Int) -> ArraySlice<UInt8>? { rows[row].name.map(slice) }

        private func slice(_ range: Range<Int>) -> ArraySlice<UInt8> {
            text[text.startIndex + range.lowerBound..<text.startIndex + range.upperBound]
        }

        /// The rows right inside a container.
        func children(of row: Int) -> [Int] {
            var children: [Int] = []
            var next = row + 1
            for _ in 0..<rows[row].childCount {
                children.append(next)
                next += rows[next].isContainer ? rows[next].insideCount + 2 : 1
            }
            return children
        }
    }

    /// The depth of what is compared is limited by `JSONTree`.
    private func learn(_ one: Side, _ row: Int, _ two: Side, _ other: Int) {
        guard one.rows[row].isContainer, two.rows[other].isContainer else {
            if !one.rows[row].isContainer, !two.rows[other].isContainer { learn(one.value(row), two.value(other), one.name(row)) }
            return
        }
        guard one.value(row) == two.value(other) else { return }
        let (left, right) = (one.children(of: row), two.children(of: other))
        if one.value(row).first == UInt8(ascii: "[") {
            for (a, b) in zip(left, right) { learn(one, a, two, b) }
            return
        }
        let places = Dictionary(right.map { (two.name($0) ?? [], $0) }) { first, _ in first }
        for a in left { if let b = places[one.name(a) ?? []] { learn(one, a, two, b) } }
    }

    private func learn(_ old: ArraySlice<UInt8>, _ new: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>?) {
        guard old != new, count < Self.countLimit, old.count <= 4_096, new.count <= 4_096 else { return }
        let quote = UInt8(ascii: "\"")
        guard (old.first == quote) == (new.first == quote) else { return }
        if old.first == quote, Volatile.isValue(JSONPart.inner(old)) {
            texts[Array(JSONPart.inner(old))] = Array(JSONPart.inner(new))
        } else if let name, Volatile.isName(JSONPart.inner(name)), old.first == quote || Self.isNumber(old) && Self.isNumber(new) {
            members[Member(name: Array(name), value: Array(old))] = Array(new)
        }
    }

    private static func isNumber(_ value: ArraySlice<UInt8>) -> Bool {
        value.first.map { $0 == UInt8(ascii: "-") || $0 &- UInt8(ascii: "0") <= 9 } ?? false
    }
}
