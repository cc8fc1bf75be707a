import Bytes
import Testing
import WebSocket

@testable import Cutting

@Suite("Bytes that take a message's place")
struct StoredBlocksTests {
    @Test("lengths too short for a stored block are made of fixed codes (RFC 1951 §3.2.6)")
    func short() {
        #expect((0..<1).map { StoredBlocks.byte(at: $0, of: 1) } == [0])
        #expect((0..<4).map { StoredBlocks.byte(at: $0, of: 4) } == [0xAA, 0, 0x08, 0])
    }

    @Test("from six bytes on it is a stored block, and the header of an empty one")
    func stored() {
        #expect((0..<8).map { StoredBlocks.byte(at: $0, of: 8) } == [0, 2, 0, 0xFD, 0xFF, 0x78, 0x78, 0])
    }

    @Test("whatever the length, it inflates to fillers", arguments: [1...300, 65_530...65_550, 131_070...131_090])
    func inflates(_ counts: ClosedRange<Int>) {
        for count in counts {
            let data = (0..<UInt64(count)).map { StoredBlocks.byte(at: $0, of: UInt64(count)) }
            var assembler = MessageAssembler()
            assembler.negotiate(DeflateParameters.Side())
            assembler.begin(.text, isCompressed: true)
            assembler.beginFrame()
            var chunk = ByteBuffer()
            assembler.take(data.span, keeping: .max, chunk: &chunk)
            assembler.finish(keeping: .max, chunk: &chunk)
            let content = assembler.content.span.copied()
            let fault = assembler.inflateFault
            #expect(fault == nil && content.allSatisfy { $0 == StoredBlocks.filler }, "\(count) bytes: \(fault ?? "other content")")
        }
    }
}
