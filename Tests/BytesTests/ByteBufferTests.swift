import Bytes
import TestSupport
import Testing

@Suite struct ByteBufferTests {
    @Test("bytes come out in the order they went in, whatever is removed between")
    func order() {
        var buffer = ByteBuffer()
        var model: [UInt8] = []
        var random = SeededRandom(1)
        for step in 0..<5_000 {
            let piece = (0..<Int.random(in: 0...97, using: &random)).map { UInt8(truncatingIfNeeded: $0 &+ step) }
            buffer.append(piece.span)
            model += piece
            let taken = Int.random(in: 0...min(model.count, 150), using: &random)
            buffer.removeFirst(taken)
            model.removeFirst(taken)
            let count = buffer.count
            #expect(count == model.count)
        }
        let rest = buffer.span.copied()
        #expect(rest == model)
    }

    @Test("a kernel may write less than it was lent")
    func lending() {
        var buffer = ByteBuffer()
        buffer.append("ab")
        unsafe buffer.append(upTo: 16) { room in
            unsafe room[0] = 0x63
            return 1
        }
        let written = buffer.span.copied()
        #expect(written == Array("abc".utf8))
    }

    @Test("pieces written into one room are those that were appended one by one")
    func writer() {
        var lines = ByteBuffer()
        var pieces = ByteBuffer()
        for blanks in -1...40 {
            let number = UInt64(1) << UInt64(blanks + 20)
            // Invariant: 3 bytes, 41 blanks, 20 digits, and 4, 5 and 8 bytes.
            var line = unsafe lines.writer(upTo: 81)
            let before = line.room
            line.append("ab")
            line.append(UInt8(ascii: "c"))
            line.append(blanks: blanks)
            line.append(decimal: number)
            line.append(decimal: 42, width: 4)
            line.append(0x64_63_62_61_60, count: 5)
            line.append(hex: 0xDEAD_0007)
            let written = before - line.room
            lines.commit(line)
            let start = pieces.count
            pieces.append(string: "abc" + String(repeating: " ", count: max(blanks, 0)) + "\(number)0042`abcddead0007")
            #expect(written == pieces.count - start && LineWriter.digitCount(number) == "\(number)".utf8.count)
        }
        let (one, other) = (lines.span.copied(), pieces.span.copied())
        #expect(one == other)
    }

    @Test("numbers of all lengths are written as Swift spells them")
    func decimal() {
        var random = SeededRandom(2)
        var numbers: [UInt64] = Array(0...1_100)
        for digits in 1...19 {
            let power = (0..<digits).reduce(UInt64(1)) { product, _ in product * 10 }
            numbers += [power - 1, power, power + 1] + (0..<200).map { _ in .random(in: power / 10..<power, using: &random) }
        }
        for number in numbers + [.max, .max - 1] {
            var buffer = ByteBuffer()
            buffer.append(decimal: number)
            let text = buffer.span.copied()
            #expect(text == Array(String(number).utf8), "\(number)")
        }
        var buffer = ByteBuffer()
        buffer.append(decimal: Int.min)
        let least = buffer.span.copied()
        #expect(least == Array("-9223372036854775808".utf8))
    }

    @Test("three digits have zeros in front, and three columns have blanks")
    func threeDigits() {
        for number in UInt32(0)..<1_000 {
            var buffer = ByteBuffer()
            // Invariant: each takes three bytes.
            var line = unsafe buffer.writer(upTo: 6)
            line.append(triple: number)
            line.append(rightAligned: number)
            buffer.commit(line)
            let text = buffer.span.copied()
            #expect(text == Array(("00\(number)".suffix(3) + "  \(number)".suffix(3)).utf8), "\(number)")
        }
    }

    @Test("a width takes the last digits, with zeros in front")
    func width() {
        var random = SeededRandom(3)
        for width in 1...20 {
            for number in [0, 7, 10, 99_999_999, 100_000_000, .max]
                + (0..<100).map({ UInt64.random(in: 0 ... .max >> ($0 % 64), using: &random) })
            {
                let zeros = String(repeating: "0", count: 20)
                var buffer = ByteBuffer()
                buffer.append(decimal: number, width: width)
                let text = buffer.span.copied()
                #expect(text == Array((zeros + String(number)).utf8.suffix(width)), "\(number), width \(width)")
                guard width <= 16 else { continue }
                var other = ByteBuffer()
                other.append(hex: number, digits: width)
                let hex = other.span.copied()
                #expect(hex == Array((zeros + String(number, radix: 16)).utf8.suffix(width)), "\(number), width \(width)")
            }
        }
    }

    @Test("integers are read in both byte orders")
    func integers() {
        let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
        let (short, word, long) = (bytes.span.uint16BE(at: 1), bytes.span.uint32LE(at: 0), bytes.span.uint64BE(at: 0))
        #expect(short == 0x0203)
        #expect(word == 0x0403_0201)
        #expect(long == 0x0102_0304_0506_0708)
        let (inside, past) = (bytes.span.matches("\u{5}\u{6}", at: 4), bytes.span.matches("\u{8}\u{9}", at: 7))
        #expect(inside)
        #expect(!past)
    }
}
