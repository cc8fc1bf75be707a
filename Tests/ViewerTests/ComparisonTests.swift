import Bytes
import Testing
import WebSocket

@testable import Viewer

@Suite("Two frames side by side")
struct ComparisonTests {
    private func comparison(_ a: String, _ b: String, columns: Int = 80, form: PayloadForm? = nil) -> Comparison {
        let stage = Stage([[(.server, 0x81, Array(a.utf8)), (.server, 0x81, Array(b.utf8))]])
        let request = Comparison.Request(left: 0, right: 1, kind: .payload, form: form, width: columns)
        return Comparison(request, stage.transcript, Payloads(reader: stage))
    }

    private func text(_ part: Comparison.Part?, _ document: FrameDocument) -> String? {
        part.map { String(decoding: document.bytes[$0.range], as: UTF8.self) }
    }

    @Test("no character is lost where a line is broken", arguments: [40, 41, 79, 80, 81, 200])
    func wrapping(columns: Int) {
        let a = (0..<40).map { "word\($0)=\($0 * 7)" }.joined(separator: ",")
        let b = a.replacingWord("word7", "Word7")
        let comparison = comparison(a, b, columns: columns)
        #expect(comparison.form == .text)
        #expect(comparison.lines.compactMap { text($0.left, comparison.documents[0]) }.joined() == a)
        #expect(comparison.lines.compactMap { text($0.right, comparison.documents[1]) }.joined() == b)
        for line in comparison.lines {
            for part in [line.left, line.right] { #expect(part.map { $0.indent + $0.range.count } ?? 0 <= Comparison.columns(columns)) }
        }
    }

    @Test("JSON is compared member by member, and only the words that differ are marked")
    func json() {
        let comparison = comparison(#"{"bid":1.0849,"ask":1.085,"tick":1}"#, #"{"bid":1.0845,"ask":1.085,"new":[true],"tick":1}"#)
        #expect(comparison.form == .json && comparison.isJSON)
        let rows = comparison.lines.map { (text($0.left, comparison.documents[0]), text($0.right, comparison.documents[1]), $0.isSame) }
        #expect(rows.map(\.0) == ["{", #""bid":1.0849"#, #""ask":1.085"#, nil, nil, nil, #""tick":1"#, "}"])
        #expect(rows.map(\.1) == ["{", #""bid":1.0845"#, #""ask":1.085"#, #""new":["#, "true", "]", #""tick":1"#, "}"])
        #expect(rows.map(\.2) == [true, false, true, false, false, false, true, true])
        #expect(comparison.lines[1].left?.differences == [6..<12] && comparison.lines[1].right?.differences == [6..<12])
        #expect(comparison.lines[2].left?.differences == [])
    }

    @Test("bytes are compared at the same offsets")
    func hex() {
        let comparison = comparison("abcdefgh1", "abXdefgh", form: .hex)
        // Two bytes of the header stand before the payload.
        #expect(comparison.lines[0].left?.differences == [1..<2, 4..<5])
        #expect(comparison.lines[1].left?.differences == [2..<3])
        #expect(comparison.lines.allSatisfy { !$0.isSame })
    }
}

extension String {
    fileprivate func replacingWord(_ word: String, _ other: String) -> String {
        split(separator: ",").map { $0.hasPrefix("\(word)=") ? "\(other)=\($0.dropFirst(word.count + 1))" : String($0) }.joined(
            separator: ",")
    }
}
