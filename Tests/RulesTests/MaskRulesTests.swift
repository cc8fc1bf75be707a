import Rules
import Testing
import WebSocket

@Suite struct MaskRulesTests {
    /// What is said of frames with these masks, of the last of them and of those before it.
    private static func rules(_ masks: [UInt32], length: UInt64 = 5, sender: Side = .client) -> [Rule] {
        var rules = FrameRules(sender: sender, allowsCompression: false)
        var findings: [Finding] = []
        for mask in masks {
            _ = rules.judge(FrameHeader(first: 0x81, second: 0x80 | UInt8(length), maskingKey: mask, length: length), into: &findings)
        }
        return findings.map(\.rule)
    }

    @Test("three keys in a row that are the same are told once, zero by itself")
    func constant() {
        #expect(Self.rules([0, 0]) == [])
        #expect(Self.rules([0, 0, 0, 0, 0]) == [.maskZero])
        #expect(Self.rules([7, 7]) == [])
        #expect(Self.rules([7, 7, 7]) == [.maskConstant])
        #expect(Self.rules([1, 0x8000_0000, 7, 7, 7, 7]) == [.maskConstant])
        #expect(Self.rules([7, 7, 8, 7, 7]) == [])
    }

    @Test("four keys in a row a fixed step apart are told, in either byte order, up or down")
    func counting() {
        #expect(Self.rules([1, 2, 3]) == [])
        #expect(Self.rules([1, 2, 3, 4, 5]) == [.maskCounting])
        #expect(Self.rules([9, 6, 3, 0, 4_294_967_293]) == [.maskCounting])
        #expect(Self.rules([0x0000_0001, 0x0000_0002, 0x0000_0003].map { $0 << 24 } + [0x0400_0000]) == [.maskCounting])
        let littleEndian: [UInt32] = [0xFE00_0000, 0xFF00_0000, 0x0001_0000, 0x0101_0000]
        #expect(Self.rules(littleEndian) == [.maskCounting])
        #expect(Self.rules([1, 2, 3, 5, 6, 7]) == [])
    }

    @Test("keys of empty frames, of servers, and keys over a gap say nothing")
    func resting() {
        #expect(Self.rules([0, 0, 0, 0], length: 0) == [])
        #expect(!Self.rules([7, 7, 7], sender: .server).contains(.maskConstant))
        var rules = FrameRules(sender: .client, allowsCompression: false)
        var findings: [Finding] = []
        for _ in 0..<4 {
            for _ in 0..<2 {
                _ = rules.judge(FrameHeader(first: 0x81, second: 0x85, maskingKey: 7, length: 5), into: &findings)
            }
            rules.loseTrack()
        }
        #expect(findings.isEmpty)
    }

    @Test("a hundred thousand random keys are not accused")
    func random() {
        var random = SystemRandomNumberGenerator()
        #expect(Self.rules((0..<100_000).map { _ in UInt32.random(in: 0 ... .max, using: &random) }) == [])
    }
}
