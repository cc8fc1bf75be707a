import Bytes
import TestSupport
import Testing
import WebSocket

@Suite struct UTF8ValidatorTests {
    private static func validator(_ bytes: [UInt8]) -> UTF8Validator {
        var validator = UTF8Validator()
        validator.feed(bytes.span)
        return validator
    }

    private static func isValid(_ bytes: [UInt8]) -> Bool { validator(bytes).isCompleteAndValid }

    /// What Swift itself says.
    private static func isReallyValid(_ bytes: some Sequence<UInt8>) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    /// The place of the first byte that no continuation can make right, found by trying: a prefix can still become text when it
    /// is text, or is text with one to three more bytes.
    private static func firstInvalid(_ bytes: [UInt8]) -> UInt64? {
        let endings: [[UInt8]] = [
            [], [0x80], [0xA0], [0x90], [0x80, 0x80], [0xA0, 0x80], [0x90, 0x80], [0x80, 0x80, 0x80], [0x90, 0x80, 0x80],
        ]
        for end in bytes.indices {
            let prefix = Array(bytes[...end])
            if !endings.contains(where: { isReallyValid(prefix + $0) }) { return UInt64(end) }
        }
        return nil
    }

    @Test("every sequence of one and two bytes is judged as Swift judges it, and its first wrong byte is named")
    func shortSequences() {
        var failures: [[UInt8]] = []
        for first in UInt8.min ... .max {
            if Self.isValid([first]) != Self.isReallyValid([first]) { failures.append([first]) }
            for second in UInt8.min ... .max {
                let bytes = [first, second]
                let validator = Self.validator(bytes)
                var isRight = validator.isCompleteAndValid == Self.isReallyValid(bytes)
                if first >= 0xC0 { isRight = isRight && validator.firstInvalid == Self.firstInvalid(bytes) }
                if !isRight {
                    failures.append(bytes)
                }
            }
        }
        #expect(failures.isEmpty)
    }

    @Test("every sequence of three bytes is judged as Swift judges it")
    func threeBytes() {
        var failures = 0
        for first in UInt8.min ... .max {
            for second in UInt8.min ... .max {
                let start = Self.validator([first, second])
                // Once wrong, always wrong; and what is ASCII so far is the test of one and two bytes.
                if start.firstInvalid != nil || first < 0x80 { continue }
                for third in UInt8.min ... .max {
                    var validator = start
                    validator.feed([third].span)
                    let expected = start.isInsideCharacter ? Self.isReallyValid([first, second, third]) : third < 0x80
                    if validator.isCompleteAndValid != expected { failures += 1 }
                }
            }
        }
        #expect(failures == 0)
    }

    @Test(
        "the borders of RFC 3629 stand where it draws them",
        arguments: [
            ([0xED, 0x9F, 0xBF], nil), ([0xED, 0xA0, 0x80], 1), ([0xED, 0xBF, 0xBF], 1), ([0xEE, 0x80, 0x80], nil),
            ([0xC0, 0x80], 0), ([0xC1, 0xBF], 0), ([0xC2, 0x80], nil), ([0xDF, 0xBF], nil),
            ([0xE0, 0x80, 0x80], 1), ([0xE0, 0x9F, 0xBF], 1), ([0xE0, 0xA0, 0x80], nil), ([0xEF, 0xBF, 0xBF], nil),
            ([0xF0, 0x80, 0x80, 0x80], 1), ([0xF0, 0x8F, 0xBF, 0xBF], 1), ([0xF0, 0x90, 0x80, 0x80], nil),
            ([0xF4, 0x8F, 0xBF, 0xBF], nil), ([0xF4, 0x90, 0x80, 0x80], 1), ([0xF5, 0x80, 0x80, 0x80], 0), ([0xFF], 0), ([0x80], 0),
            ([0xC3, 0x41], 1), ([0xE2, 0x82, 0x41], 2), ([0xF0, 0x9F, 0x98, 0x41], 3), ([0x41, 0xC3, 0xC3, 0xA4], 2),
        ] as [([UInt8], UInt64?)])
    func borders(bytes: [UInt8], place: UInt64?) {
        let validator = Self.validator(bytes)
        #expect(validator.firstInvalid == place)
        #expect(validator.isCompleteAndValid == (place == nil))
        #expect(Self.isReallyValid(bytes) == (place == nil))
    }

    @Test("a text that ends inside a character is neither wrong nor complete")
    func incomplete() {
        let euro: [UInt8] = [0x41, 0xE2, 0x82, 0xAC]
        var validator = UTF8Validator()
        var states: [Bool] = []
        for byte in euro {
            validator.feed([byte].span)
            #expect(validator.isCompleteAndValid != validator.isInsideCharacter)
            states.append(validator.isInsideCharacter)
        }
        #expect(states == [false, true, true, false])
        #expect(validator.firstInvalid == nil)
    }

    @Test(
        "κόσμε is text, and with a surrogate or too large a character behind it the wrong byte is the second one of that",
        arguments: [[], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]])
    func cosmos(end: [UInt8]) {
        let start = Array("κόσμε".utf8)
        let validator = Self.validator(start + end + Array("edited".utf8))
        #expect(validator.firstInvalid == (end.isEmpty ? nil : UInt64(start.count + 1)))
    }

    /// Text of all lengths of characters, with runs of ASCII as long as the fast path likes them; then changed in a few bytes.
    private static func text(_ random: inout SeededRandom, mutations: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        let ranges: [ClosedRange<UInt32>] = [0...0x7F, 0x80...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF, 0x1_0000...0x10_FFFF]
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            if Bool.random(using: &random) {
                bytes += random.bytes(.random(in: 0...70, using: &random)).map { $0 & 0x7F }
            } else if let range = ranges.randomElement(using: &random),
                let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random))
            {
                bytes += Array(String(Character(scalar)).utf8)
            }
        }
        for _ in 0..<(bytes.isEmpty ? 0 : mutations) {
            bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: .min ... .max, using: &random)
        }
        return bytes
    }

    @Test("texts, changed texts and random bytes are judged as Swift judges them, however they are cut", arguments: SeededRandom.seeds)
    func random(seed: UInt64) {
        var random = SeededRandom(seed)
        var failures: [[UInt8]] = []
        for round in 0..<600 {
            let bytes = round % 10 == 0 ? random.bytes(6) : Self.text(&random, mutations: round % 3)
            let whole = Self.validator(bytes)
            var single = UTF8Validator()
            for byte in bytes { single.feed([byte].span) }
            var cut = UTF8Validator()
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + Int.random(in: 0...40, using: &random))
                cut.feed(bytes[start..<end].span)
                start = end
            }
            let expected = Self.isReallyValid(bytes)
            let isRight =
                whole.isCompleteAndValid == expected && single.isCompleteAndValid == expected && cut.isCompleteAndValid == expected
                && single.firstInvalid == whole.firstInvalid && cut.firstInvalid == whole.firstInvalid
                && UTF8Validator.isValid(bytes.span) == expected
            if !isRight { failures.append(bytes) }
            // The oracle for the place is slow.
            if round % 5 == 0, whole.firstInvalid != Self.firstInvalid(bytes) { failures.append(bytes) }
        }
        #expect(failures.isEmpty)
    }

    @Test("a wrong byte is found at every place, in long ASCII too")
    func everyPlace() {
        var failures: [Int] = []
        for count in [1, 7, 8, 9, 31, 32, 33, 40, 64, 65, 100] {
            for place in 0..<count {
                var bytes = Array(repeating: UInt8(0x61), count: count)
                bytes[place] = 0xFF
                if Self.validator(bytes).firstInvalid != UInt64(place) || UTF8Validator.isValid(bytes.span) { failures.append(place) }
            }
        }
        #expect(failures.isEmpty)
    }
}
