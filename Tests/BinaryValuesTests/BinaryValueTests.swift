import BinaryValues
import Bytes
import TestSupport
import Testing

/// What bytes are as JSON, and how many of them were read; nil where they are no value.
private func json(_ format: BinaryFormat, _ bytes: [UInt8], limit: Int = 64 << 10) -> String? {
    var output = ByteBuffer()
    output.append("<")
    guard let value = BinaryValue.append(format, bytes.span, to: &output, limit: limit) else {
        #expect(output.count == 1)
        return nil
    }
    #expect(value.end == bytes.count)
    return String(decoding: output.span.copied().dropFirst(), as: UTF8.self)
}

private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.filter { $0 != " " }
    return stride(from: 0, to: digits.count, by: 2).map { place in
        let start = digits.index(digits.startIndex, offsetBy: place)
        return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16) ?? 0
    }
}

@Suite struct BinaryValueTests {
    @Test("escapes count: a text of control characters, and keys in keys, stay within the limit", arguments: [40, 1_000, 64 << 10])
    func limit(limit: Int) throws {
        let controls = [0xDA, 0x30, 0x00] + [UInt8](repeating: 1, count: 0x3000)
        // Maps with one pair, whose keys are maps again: each doubles the backslashes of what is in it.
        let keys = [UInt8](repeating: 0x81, count: 40) + [0xA1, 0x22] + [UInt8](repeating: 0, count: 40)
        for bytes in [controls, keys, [0x81] + controls + [0]] {
            var output = ByteBuffer()
            let value = try #require(BinaryValue.append(.messagePack, bytes.span, to: &output, limit: limit))
            #expect(value.isCut || limit > 6 * 0x3000)
            #expect(output.count <= limit + 40)
        }
    }

    @Test(
        "MessagePack is read as its specification says",
        arguments: [
            ("00", "0"), ("7f", "127"), ("ff", "-1"), ("e0", "-32"), ("cc 80", "128"), ("cd 0100", "256"), ("ce 00010000", "65536"),
            ("cf ffffffffffffffff", "18446744073709551615"), ("d0 80", "-128"), ("d1 8000", "-32768"), ("d2 80000000", "-2147483648"),
            ("d3 8000000000000000", "-9223372036854775808"), ("c0", "null"), ("c2", "false"), ("c3", "true"),
            ("ca 3fc00000", "1.5"), ("cb 3ff8000000000000", "1.5"), ("cb 7ff8000000000000", #"{"float":"NaN"}"#),
            ("cb fff0000000000000", #"{"float":"-Infinity"}"#), ("a3 616263", #""abc""#), ("d9 03 616263", #""abc""#),
            ("a1 22", #""\"""#), ("a1 ff", #"{"bytes":"/w=="}"#), ("c4 03 000102", #"{"bytes":"AAEC"}"#),
            ("d6 ff 00000000", #"{"ext":-1,"bytes":"AAAAAA=="}"#), ("c7 01 05 41", #"{"ext":5,"bytes":"QQ=="}"#),
            ("93 01 a1 61 90", #"[1,"a",[]]"#), ("82 a1 61 01 a1 62 80", #"{"a":1,"b":{}}"#), ("81 05 c3", #"{"5":true}"#),
            ("81 92 a1 61 01 c0", #"{"[\"a\",1]":null}"#), ("dc 0001 01", "[1]"), ("de 0001 a1 61 01", #"{"a":1}"#),
        ])
    func messagePack(_ vector: (String, String)) {
        #expect(json(.messagePack, bytes(vector.0)) == vector.1)
    }

    @Test(
        "CBOR is read as RFC 8949, appendix A, has it",
        arguments: [
            ("00", "0"), ("17", "23"), ("18 18", "24"), ("1b 000000e8d4a51000", "1000000000000"),
            ("1b ffffffffffffffff", "18446744073709551615"), ("20", "-1"), ("38 63", "-100"),
            ("3b ffffffffffffffff", "-18446744073709551616"),
            ("f9 0000", "0.0"), ("f9 3c00", "1.0"), ("f9 3e00", "1.5"), ("f9 7bff", "65504.0"), ("f9 0400", "6.103515625e-05"),
            ("f9 0001", "5.960464477539063e-08"), ("f9 c400", "-4.0"), ("f9 7c00", #"{"float":"Infinity"}"#),
            ("f9 7e00", #"{"float":"NaN"}"#),
            ("fa 47c35000", "100000.0"), ("fb 3ff199999999999a", "1.1"), ("f4", "false"), ("f5", "true"), ("f6", "null"), ("f7", "null"),
            ("f0", #"{"simple":16}"#), ("f8 ff", #"{"simple":255}"#), ("c1 1a 514b67b0", #"{"tag":1,"value":1363896240}"#),
            ("44 01020304", #"{"bytes":"AQIDBA=="}"#), ("60", #""""#), ("62 c3bc", #""ü""#), ("80", "[]"), ("83 01 02 03", "[1,2,3]"),
            ("a2 01 02 03 04", #"{"1":2,"3":4}"#), ("a2 61 61 01 61 62 82 02 03", #"{"a":1,"b":[2,3]}"#),
            ("5f 42 0102 43 030405 ff", #"{"bytes":"AQIDBAU="}"#), ("7f 41 61 ff", nil),
            ("7f 65 7374726561 64 6d696e67 ff", #""streaming""#), ("9f ff", "[]"), ("9f 01 82 02 03 9f 04 05 ff ff", "[1,[2,3],[4,5]]"),
            ("bf 61 61 01 61 62 9f 02 03 ff ff", #"{"a":1,"b":[2,3]}"#), ("d9 d9f7 01", "1"), ("f8 10", nil), ("ff", nil), ("1c", nil),
        ] as [(String, String?)])
    func cbor(_ vector: (String, String?)) {
        #expect(json(.cbor, bytes(vector.0)) == vector.1)
    }

    @Test("BSON is read as its specification's examples have it")
    func bson() {
        #expect(json(.bson, bytes("16000000 02 68656c6c6f00 06000000 776f726c6400 00")) == #"{"hello":"world"}"#)
        let awesome = bytes(
            "31000000 04 4253 4f4e 00 26000000 02 3000 08000000 617765736f6d6500 01 3100 3333333333331440 10 3200 c2070000 00 00")
        #expect(json(.bson, awesome) == #"{"BSON":["awesome",5.05,1986]}"#)
        #expect(json(.bson, bytes("0500000000")) == "{}")
        // Its length and its content disagree.
        #expect(json(.bson, bytes("0600000000 00")) == nil)
    }

    @Test("Erlang's terms are read as erts describes them")
    func etf() {
        #expect(json(.etf, bytes("83 74 00000002 6d 00000002 6f70 61 0b 77 01 64 77 03 6e696c")) == #"{"op":11,"d":null}"#)
        #expect(json(.etf, bytes("83 6c 00000002 61 01 62 ffffffff 6a")) == "[1,-1]")
        #expect(json(.etf, bytes("83 68 02 77 04 74727565 6b 0001 41")) == #"[true,"A"]"#)
        // Lists that end in no list: of two elements, and of none.
        #expect(json(.etf, bytes("83 6c 00000002 61 01 61 02 61 03")) == "[1,2,3]")
        #expect(json(.etf, bytes("83 6c 00000000 61 03")) == "[3]")
        #expect(json(.etf, bytes("83 6e 08 00 0102030405060708")) == "578437695752307201")
        #expect(json(.etf, bytes("83 6e 01 01 05")) == "-5")
        #expect(json(.etf, bytes("83 46 3ff8000000000000")) == "1.5")
        #expect(json(.etf, bytes("82 61 01")) == nil)
    }

    @Test("protobuf's wire format is read as its documentation's examples have it")
    func protobuf() {
        #expect(json(.protobuf, bytes("08 9601")) == #"[{"field":1,"varint":150}]"#)
        #expect(json(.protobuf, bytes("12 07 74657374696e67")) == #"[{"field":2,"text":"testing"}]"#)
        #expect(json(.protobuf, bytes("1a 03 08 9601")) == #"[{"field":3,"message":[{"field":1,"varint":150}]}]"#)
        #expect(json(.protobuf, bytes("0d 01000000 11 0200000000000000")) == #"[{"field":1,"fixed32":1},{"field":2,"fixed64":2}]"#)
        #expect(json(.protobuf, bytes("00 01")) == nil)
        #expect(json(.protobuf, bytes("0b")) == nil)
    }

    @Test("what is cut short anywhere is no value", arguments: BinaryFormat.allCases)
    func cutShort(_ format: BinaryFormat) {
        let whole: [BinaryFormat: String] = [
            .messagePack: "82 a1 61 93 01 cd 0100 a1 78 a1 62 c4 02 0001", .cbor: "a2 61 61 83 01 19 0100 61 78 61 62 9f 01 ff",
            .bson: "16000000 02 68656c6c6f00 06000000 776f726c6400 00", .etf: "83 74 00000001 6d 00000002 6f70 6c 00000001 61 01 6a",
            .protobuf: "1a 03 08 9601",
        ]
        let value = bytes(whole[format] ?? "")
        #expect(json(format, value) != nil)
        for count in 1..<value.count where !(format == .protobuf && count == 0) { #expect(json(format, Array(value.prefix(count))) == nil) }
    }

    @Test("bytes changed at random are read or refused, and nothing traps", arguments: BinaryFormat.allCases)
    func mutations(_ format: BinaryFormat) {
        var random = SeededRandom(4)
        var readCount = 0
        for _ in 0..<20_000 {
            var some = (0..<Int.random(in: 0..<24, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if format == .etf { some.insert(131, at: 0) }
            if format == .bson { some = [UInt8(some.count + 5), 0, 0, 0] + some + [0] }
            var output = ByteBuffer()
            if let value = BinaryValue.append(format, some.span, to: &output) {
                readCount += 1
                #expect(value.end <= some.count)
            }
        }
        #expect(readCount > 20)
    }

    @Test("values in each other without end are refused, and as many as there may be are read", arguments: [0x91, 0x81] as [UInt8])
    func depth(_ opening: UInt8) {
        let deepest = Array(repeating: 0x91 as UInt8, count: BinaryValue.depthLimit) + [1]
        #expect(json(.messagePack, deepest) != nil)
        #expect(json(.messagePack, [0x91] + deepest) == nil)
        #expect(json(.messagePack, Array(repeating: opening, count: 1 << 20)) == nil)
        #expect(json(.cbor, Array(repeating: opening == 0x91 ? 0x81 : 0xA1, count: 1 << 20)) == nil)
        #expect(json(.cbor, Array(repeating: 0xC1, count: 1 << 20)) == nil)
        #expect(json(.cbor, Array(repeating: 0x9F, count: 1 << 20)) == nil)
        #expect(json(.etf, [131] + Array(repeating: [104, 1] as [UInt8], count: 1 << 19).flatMap { $0 }) == nil)
    }

    @Test("messages of protobuf in each other take time that is linear in their bytes")
    func protobufBomb() {
        var inner: [UInt8] = [0x08, 0x01]
        for _ in 0..<20_000 {
            var length = inner.count
            var prefix: [UInt8] = [0x0A]
            while length >= 0x80 {
                prefix.append(UInt8(length & 0x7F) | 0x80)
                length >>= 7
            }
            inner = prefix + [UInt8(length)] + inner
        }
        var output = ByteBuffer()
        #expect(BinaryValue.append(.protobuf, inner.span, to: &output)?.end == inner.count)
    }

    @Test("a count larger than what follows is refused before anything is made for it")
    func largeCounts() {
        #expect(json(.messagePack, bytes("dd ffffffff 01")) == nil)
        #expect(json(.messagePack, bytes("c6 ffffffff 01")) == nil)
        #expect(json(.cbor, bytes("9b ffffffffffffffff 01")) == nil)
        #expect(json(.cbor, bytes("5b ffffffffffffffff 01")) == nil)
        #expect(json(.etf, bytes("83 6c ffffffff 61 01")) == nil)
        #expect(json(.bson, bytes("ffffffff 00")) == nil)
    }

    @Test("JSON beyond the limit is left out, and the value is read to its end all the same")
    func limits() throws {
        let long = [0xDC, 0x40, 0x00] + Array(repeating: 0x7F as UInt8, count: 0x4000)
        var output = ByteBuffer()
        let value = try #require(BinaryValue.append(.messagePack, long.span, to: &output, limit: 1_000))
        #expect(value.isCut && value.end == long.count)
        #expect(output.count < 1_010)
    }

    @Test("a map whose keys are maps does not grow beyond the limit by their quotes")
    func nestedKeys() {
        let keys = Array(repeating: 0x81 as UInt8, count: 60) + [0xA1, 0x22] + Array(repeating: 0xC0, count: 60)
        var output = ByteBuffer()
        _ = BinaryValue.append(.messagePack, keys.span, to: &output, limit: 10_000)
        #expect(output.count < 100_000)
    }
}

@Suite struct ZlibStreamTests {
    private let stored = bytes("7801 010300fcff 616263 024d0127")

    @Test("a stored block of zlib is inflated, and its checksum checked")
    func whole() {
        var output = ByteBuffer()
        let isInflated = ZlibStream.inflate(whole: stored.span, into: &output, limit: 100)
        #expect(isInflated)
        #expect(String(decoding: output.span.copied(), as: UTF8.self) == "abc")
        var broken = stored
        broken[broken.count - 1] ^= 1
        let isBroken = !ZlibStream.inflate(whole: broken.span, into: &output, limit: 100)
        #expect(isBroken && output.count == 3)
        let isTooLarge = !ZlibStream.inflate(whole: stored.span, into: &output, limit: 2)
        #expect(isTooLarge && output.count == 3)
    }

    @Test("a stream is inflated byte by byte")
    func chopped() {
        var stream = ZlibStream()
        var output = ByteBuffer()
        for (index, byte) in stored.enumerated() {
            let outcome = stream.inflate([byte].span, into: &output, limit: 100)
            #expect(outcome == (index == stored.count - 1 ? .ended(at: 1) : .needsInput))
        }
        #expect(output.count == 3)
    }
}
