import Bytes
import Channels
import TestSupport
import Testing

@testable import HTTP2

@Suite("Field blocks")
struct HeaderBlockTests {
    private func decode(_ hex: String, _ decoder: inout HeaderBlockDecoder) -> [String] {
        decoder.decode(bytes(hex).span).lines
    }

    private static let requests = [
        [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"],
        [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com", "cache-control: no-cache"],
        [":method: GET", ":scheme: https", ":path: /index.html", ":authority: www.example.com", "custom-key: custom-value"],
    ]

    private static let responses = [
        [":status: 302", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT", "location: https://www.example.com"],
        [":status: 307", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT", "location: https://www.example.com"],
        [
            ":status: 200", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:22 GMT", "location: https://www.example.com",
            "content-encoding: gzip", "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
        ],
    ]

    // MARK: RFC 7541, appendix C

    @Test("each representation of a field is read (RFC 7541, C.2)")
    func representations() {
        var decoder = HeaderBlockDecoder(limit: 4_096)
        #expect(decode("400a637573746f6d2d6b65790d637573746f6d2d686561646572", &decoder) == ["custom-key: custom-header"])
        #expect(decoder.table.size == 55)
        decoder = HeaderBlockDecoder(limit: 4_096)
        #expect(decode("040c2f73616d706c652f70617468", &decoder) == [":path: /sample/path"])
        #expect(decode("100870617373776f726406736563726574", &decoder) == ["password: secret"])
        #expect(decode("82", &decoder) == [":method: GET"])
        #expect(decoder.table.size == 0)
    }

    @Test(
        "requests that share a table are read (RFC 7541, C.3 and C.4)",
        arguments: [
            [
                "828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
                "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
            ],
            ["828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf", "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"],
        ])
    func requests(_ blocks: [String]) {
        var decoder = HeaderBlockDecoder(limit: 4_096)
        for (block, expected) in zip(blocks, Self.requests) { #expect(decode(block, &decoder) == expected) }
        #expect(decoder.table.size == 164)
    }

    @Test(
        "responses that evict entries are read (RFC 7541, C.5 and C.6)",
        arguments: [
            [
                "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578"
                    + "616d706c652e636f6d",
                "4803333037c1c0bf",
                "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f515745"
                    + "4f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
            ],
            [
                "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
                "4883640effc1c0bf",
                "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5"
                    + "291f9587316065c003ed4ee5b1063d5007",
            ],
        ])
    func responses(_ blocks: [String]) {
        var decoder = HeaderBlockDecoder(limit: 4_096)
        // The examples have a table of 256 bytes.
        #expect(decode("3fe101", &decoder).isEmpty)
        for (block, expected) in zip(blocks, Self.responses) { #expect(decode(block, &decoder) == expected) }
        #expect(decoder.table.size == 215)
    }

    // MARK: The table

    @Test("two size updates at the beginning of a block empty the table and let it grow again")
    func sizeUpdates() {
        var decoder = HeaderBlockDecoder(limit: 4_096)
        _ = decode("400a637573746f6d2d6b65790d637573746f6d2d686561646572", &decoder)
        #expect(decode("203fe11f82", &decoder) == [":method: GET"])
        #expect(decoder.table.count == 0)
        let section = decoder.decode(bytes("be").span)
        #expect(section.isMalformed && section.fields.isEmpty)
    }

    @Test("after a lost block entries are unknown, and those that come later are not")
    func lostBlock() {
        var decoder = HeaderBlockDecoder(limit: 4_096)
        _ = decode("400a637573746f6d2d6b65790d637573746f6d2d686561646572", &decoder)
        decoder.lose()
        let section = decoder.decode(bytes("82be").span)
        #expect(section.lines == [":method: GET", "?: ?"])
        #expect(section.unknownCount == 1 && !section.isWhole)
        // A literal with an unknown name, then one that is known, and references to both.
        let named = decoder.decode(bytes("7e0161" + "4001780179" + "bebfc0").span)
        #expect(named.lines == ["?: a", "x: y", "x: y", "?: a", "?: ?"])
    }

    // MARK: Limits and nonsense

    @Test("fields beyond the limit are left out, and the table is right all the same")
    func bomb() {
        var decoder = HeaderBlockDecoder(limit: 1_000)
        let value = String(repeating: "61", count: 126)
        let section = decoder.decode(bytes("4001787e" + value + String(repeating: "be", count: 4_000)).span)
        #expect(section.isCut && section.fields.count == 6)
        #expect(decoder.decode(bytes("be").span).fields.count == 1)
    }

    @Test(
        "what breaks the rules of HPACK ends the block",
        arguments: ["80", "ff80808080808080", "4001", "400a6161", "0085ffffffffff00", "bf", "1f", "408100"])
    func malformed(_ hex: String) {
        var decoder = HeaderBlockDecoder(limit: 4_096)
        let section = decoder.decode(bytes("82" + hex).span)
        #expect(section.isMalformed)
        #expect(section.lines == [":method: GET"])
    }

    @Test("mutated blocks are read without harm, and cut ones give the fields before the cut")
    func mutations() {
        var random = SeededRandom(8_441)
        let whole = bytes("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf")
        for _ in 0..<20_000 {
            var block = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                block[Int.random(in: block.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            var decoder = HeaderBlockDecoder(limit: 4_096, hasUnknownEntries: Bool.random(using: &random))
            let section = decoder.decode(block.span)
            #expect(section.fields.count <= block.count)
            #expect(decoder.table.size <= decoder.table.limit)
        }
        var decoder = HeaderBlockDecoder(limit: 4_096, hasUnknownEntries: true)
        let all = decoder.decode(whole.span).lines
        for end in 0..<whole.count {
            decoder = HeaderBlockDecoder(limit: 4_096, hasUnknownEntries: true)
            let lines = decoder.decode(whole.span.extracting(0..<end)).lines
            #expect(lines == Array(all.prefix(lines.count)))
        }
    }
}

extension FieldSection {
    /// `name: value`, with a question mark for what is not known.
    var lines: [String] {
        fields.map { field in
            let name = field.name.map { String(decoding: $0, as: UTF8.self) } ?? "?"
            return "\(name): \(field.value.map { String(decoding: $0, as: UTF8.self) } ?? "?")"
        }
    }
}

/// Bytes written in hexadecimal digits.
func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex.utf8).map { UInt8($0 >= UInt8(ascii: "a") ? $0 - UInt8(ascii: "a") + 10 : $0 - UInt8(ascii: "0")) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
