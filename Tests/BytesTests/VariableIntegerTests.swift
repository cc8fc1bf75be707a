import Bytes
import Testing

@Suite("Integers of QUIC")
struct VariableIntegerTests {
    @Test(
        "an integer says in its first two bits how long it is (RFC 9000 §A.1)",
        arguments: [
            ([0xC2, 0x19, 0x7C, 0x5E, 0xFF, 0x14, 0xE8, 0x8C], 151_288_809_941_952_652), ([0x9D, 0x7F, 0x3E, 0x7D], 494_878_333),
            ([0x7B, 0xBD], 15_293), ([0x25], 37), ([0x40, 0x25], 37), ([0x00], 0),
            ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], 1 << 62 - 1),
        ] as [([UInt8], UInt64)])
    func values(_ bytes: [UInt8], _ value: UInt64) {
        let (padded, count) = ([0xAA] + bytes + [0xBB], bytes.count)
        let read = padded.span.variableInteger(at: 1)
        #expect(read?.value == value)
        #expect(read?.byteCount == count)
        for length in 0..<count {
            let cut = Array(bytes.prefix(length))
            #expect(cut.span.variableInteger(at: 0) == nil)
        }
    }

    @Test("where there is no byte, there is no integer", arguments: [-1, 1, 2, Int.max])
    func outside(_ offset: Int) {
        let bytes: [UInt8] = [1]
        #expect(bytes.span.variableInteger(at: offset) == nil)
    }
}
