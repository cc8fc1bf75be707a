import Capture
import TestSupport
import Testing

/// Hostile input may only ever end in packets and an error.
@Suite struct FuzzTests {
    static var inputs: [[UInt8]] {
        let blocks = PcapngBlocks()
        let big = PcapngBlocks(bigEndian: true)
        let packets: [CaptureFileBuilder.Packet] = [.init([1, 2, 3]), .init(Array(repeating: 7, count: 60))]
        let pcapng: [UInt8] =
            blocks.section(options: [.comment("c")])
            + blocks.interface(options: [.name("n"), .resolution(9), .init(14, [1, 0, 0, 0, 0, 0, 0, 0])])
            + blocks.enhancedPacket([1, 2, 3], options: [.comment("d")]) + blocks.simplePacket([1]) + blocks.packet([2])
            + blocks.secrets([1, 2, 3])
            + blocks.block(77, [1]) + big.section() + big.interface() + big.enhancedPacket([4, 5])
        return [
            CaptureFileBuilder.pcap(packets), CaptureFileBuilder.pcap(packets, bigEndian: true), pcapng, CaptureFileBuilder.gzip(pcapng),
            SnoopTests.file([([1, 2, 3], 0), (Array(repeating: 7, count: 60), 2)]),
        ]
    }

    @Test("files with random damage end in packets and at most one error, however they are delivered", arguments: SeededRandom.oneSeed)
    func damage(seed: UInt64) {
        var random = SeededRandom(seed)
        for input in Self.inputs {
            for _ in 0..<1_500 {
                var damaged = input
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let place = Int.random(in: 0..<damaged.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: damaged[place] = UInt8.random(in: 0 ... .max, using: &random)
                    case 1: damaged[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random)!
                    case 2: damaged.insert(UInt8.random(in: 0 ... .max, using: &random), at: place)
                    default: damaged.removeSubrange(place..<min(damaged.count, place + 4)); if damaged.isEmpty { damaged = [0] }
                    }
                }
                let whole = Reading(damaged)
                let cut = Reading(damaged, portion: Int.random(in: 1...9, using: &random))
                #expect(whole.packets == cut.packets)
                #expect((whole.error == nil) == (cut.error == nil))
                #expect(whole.error?.message.contains("\n") != true)
            }
        }
    }

    @Test("random bytes behind a valid beginning do not crash", arguments: SeededRandom.oneSeed)
    func noise(seed: UInt64) {
        var random = SeededRandom(seed)
        for beginning in Self.inputs {
            for _ in 0..<500 {
                let noise = (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
                let start = beginning.prefix(Int.random(in: 0...48, using: &random))
                let reading = Reading(start + noise)
                #expect(reading.packets.allSatisfy { $0.bytes.count <= noise.count + 48 })
            }
        }
    }
}
