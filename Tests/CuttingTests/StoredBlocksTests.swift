import Bytes
import Testing

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
}
