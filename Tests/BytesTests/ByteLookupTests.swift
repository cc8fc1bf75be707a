import Testing

@testable import Bytes

@Suite struct ByteLookupTests {
    @Test("each index gives its byte of the table")
    func indices() {
        // Older x86 processors have no such instruction.
        guard let lookup = ByteLookup() else { return }
        let table = SIMD16<UInt8>((0..<16).map { UInt8(0xF0 - 7 * $0) })
        for shift in 0..<16 {
            let indices = (0..<16).map { UInt8(($0 * 5 + shift) % 16) }
            let found = lookup.bytes(of: table, at: SIMD16(indices))
            #expect((0..<16).map { found[$0] } == indices.map { 0xF0 - 7 * $0 })
        }
    }
}
