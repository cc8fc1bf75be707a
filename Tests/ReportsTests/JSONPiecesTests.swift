import Bytes
import Foundation
import Testing

@testable import Reports

@Suite("JSON in pieces")
struct JSONPiecesTests {
    private func pieces(_ elements: [String], limit: Int = .max) -> JSONPieces {
        var pieces = JSONPieces()
        for element in elements {
            pieces.append(Array(element.utf8).span)
            pieces.trim(to: limit)
        }
        return pieces
    }

    private func numbers(_ pieces: borrowing JSONPieces) throws -> [Int] {
        var output = ByteBuffer()
        pieces.write(to: &output)
        return try #require(try JSONSerialization.jsonObject(with: Data(output.span.copied())) as? [Int])
    }

    @Test("without a limit every element stays, in order")
    func whole() throws {
        let kept = pieces((1...2_000).map(String.init))
        #expect(try numbers(kept) == Array(1...2_000))
        let counts = (kept.omittedCount, kept.elementCount, kept.gapIndex)
        #expect(counts.0 == 0 && counts.1 == 2_000 && counts.2 == nil)
    }

    @Test("with a limit the beginning and the end stay, and one run between them is counted", arguments: [4_096, 5_000, 20_000])
    func limited(limit: Int) throws {
        let kept = pieces((1...50_000).map(String.init), limit: limit)
        let numbers = try numbers(kept)
        let (byteCount, elementCount, omittedCount) = (kept.byteCount, kept.elementCount, kept.omittedCount)
        #expect(byteCount <= limit)
        #expect(numbers.first == 1 && numbers.last == 50_000)
        #expect(UInt64(numbers.count) == elementCount)
        #expect(elementCount + omittedCount == 50_000)
        let jumps = zip(numbers, numbers.dropFirst()).filter { $1 - $0 != 1 }
        #expect(jumps.count == 1)
        #expect(UInt64(jumps.reduce(0) { $0 + $1.1 - $1.0 - 1 }) == omittedCount)
    }

    @Test("a limit that falls again and again leaves one gap, where its index says")
    func falling() throws {
        var kept = pieces((1...5_000).map(String.init))
        for limit in [16_000, 9_000, 12_000, 4_000] {
            kept.trim(to: limit)
            for number in 5_001...5_010 { kept.append(Array(String(number).utf8).span) }
        }
        var output = ByteBuffer()
        kept.write(nestedTo: &output)
        let nested = try #require(try JSONSerialization.jsonObject(with: Data(output.span.copied())) as? [[Int]])
        let index = kept.gapIndex
        let gap = try #require(index)
        #expect(nested[gap - 1].last.map { $0 < 2_000 } == true)
        #expect(nested[..<gap].joined().elementsEqual(1...(nested[gap - 1].last ?? 0)))
    }

    @Test("an element that is larger than the limit is counted as left out")
    func tooLarge() {
        let kept = pieces([String(repeating: "1", count: 3_000)], limit: 1_000)
        let (isEmpty, omittedCount, byteCount) = (kept.isEmpty, kept.omittedCount, kept.byteCount)
        #expect(isEmpty && omittedCount == 1 && byteCount == 0)
    }

    @Test("no element has a less-than sign, whatever was in it")
    func inert() throws {
        let kept = pieces([#""</script><!--<script>""#, #""<""#])
        var output = ByteBuffer()
        kept.write(to: &output)
        #expect(!output.span.copied().contains(UInt8(ascii: "<")))
        let read = try JSONSerialization.jsonObject(with: Data(output.span.copied())) as? [String]
        #expect(read == ["</script><!--<script>", "<"])
    }
}
