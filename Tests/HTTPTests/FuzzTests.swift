import HTTP
import TestSupport
import Testing

/// Any bytes have an outcome, and how they were cut does not change it.
@Suite struct FuzzTests {
    private static let rounds = 300

    @Test("heads damaged at random")
    func heads() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed)
        let samples = HeadDecoderTests.requests + HeadDecoderTests.responses
        let limits = HeadLimits(byteCount: 300, headerCount: 5)
        for round in 0..<Self.rounds {
            let bytes = damaged(samples.randomElement(using: &random)!.bytes, &random)
            let ends = choppings(of: bytes.count, seed: random.next()).last!
            let request = decodeRequest(bytes, limits: limits)
            let response = decodeResponse(bytes, limits: limits)
            #expect(decodeRequest(bytes, ends: ends, limits: limits) == request, "seed \(seed), round \(round), \(bytes)")
            #expect(decodeResponse(bytes, ends: ends, limits: limits) == response, "seed \(seed), round \(round), \(bytes)")
            if let head = request.head {
                #expect(head.byteCount > 0 && head.byteCount <= min(bytes.count, 300))
                _ = (UpgradeRequest(head), UpgradeRequest.missing(in: head), head.webSocketURL(secure: true), BodyDecoder.forRequest(head))
            }
            if let head = response.head {
                #expect(head.byteCount > 0 && head.byteCount <= min(bytes.count, 300))
                _ = (UpgradeResponse(head), UpgradeResponse.missing(in: head), BodyDecoder.forResponse(head, toMethod: nil))
            }
            let verdict = Sniff.looksLikeRequest(bytes.span)
            // The decoder forgives control characters in a target; the first look at unknown bytes does not.
            if let head = request.head, head.oddities == [], head.version == "HTTP/1.1",
                head.target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
            {
                #expect(verdict == .yes, "seed \(seed), \(bytes)")
            }
        }
    }

    @Test("chunked bodies damaged at random")
    func bodies() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed)
        let sample = "5;a=\"b\"\r\nHello\r\n3\n\r\n\r\r\n00a\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n".bytes
        for round in 0..<Self.rounds {
            let bytes = damaged(sample, &random)
            let ends = choppings(of: bytes.count, seed: random.next()).last!
            let whole = decodeBody(.chunked, bytes)
            #expect(whole.consumed <= bytes.count)
            #expect(decodeBody(.chunked, bytes, ends: ends) == whole, "seed \(seed), round \(round), \(bytes)")
        }
    }

    @Test("lists and extensions damaged at random keep every element that is not empty")
    func lists() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed)
        let sample = "permessage-deflate; a=\"1\\\"0, 2\"; b, , foo;x=y".bytes
        for _ in 0..<Self.rounds {
            let value = String(decoding: damaged(sample, &random), as: UTF8.self)
            let headers: Headers = [Header(name: "Sec-WebSocket-Extensions", value: value)]
            let list = ExtensionList(in: headers)
            #expect(list.elements.count == headers.elements(of: "Sec-WebSocket-Extensions").count, "seed \(seed)")
            #expect(list.elements.count == list.extensions.count + list.malformed.count, "seed \(seed)")
        }
    }

    /// A few bytes changed, removed, doubled or put in, with a liking for those that the grammar cares about.
    private func damaged(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = bytes
        let special = "\r\n \t:;,=\"\\0fF\u{0}".bytes + [0x80, 0xFF]
        for _ in 0..<Int.random(in: 0...6, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[index] = special.randomElement(using: &random)!
            case 1: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
            case 2: bytes.remove(at: index)
            case 3: bytes.insert(special.randomElement(using: &random)!, at: index)
            default: bytes += bytes[index...].prefix(20)
            }
        }
        return bytes
    }
}
