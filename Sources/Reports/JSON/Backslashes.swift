import Bytes

/// Puts backslashes before some bytes of a block without a branch: where they are, a processor guesses wrong.
///
/// Eight bytes become up to sixteen. Which of them get a backslash is a number of eight bits, and for each such number a table says what
/// each of the sixteen is: one of the eight, or a backslash.
@safe
struct Backslashes: @unchecked Sendable {
    /// Nil where the processor cannot look up bytes in a table.
    static let shared = ByteLookup().map { Backslashes(lookup: $0) }

    private struct Spread {
        /// Of the eight bytes; 8 is the backslash. After the first `byteCount` they have no meaning.
        var indices = SIMD16<UInt8>(repeating: 8)
        var byteCount = 0

        /// - Parameter places: a bit for each byte that gets a backslash, that of the first byte least significant.
        init(places: Int) {
            for index in 0..<8 {
                if places >> index & 1 == 1 { byteCount += 1 }
                indices[byteCount] = UInt8(index)
                byteCount += 1
            }
        }
    }

    /// By the number of the control: those of BS, HT, LF, FF and CR.
    @inline(__always)
    private static var letters: SIMD16<UInt8> {
        let (b, t, n, f, r) = (UInt8(ascii: "b"), UInt8(ascii: "t"), UInt8(ascii: "n"), UInt8(ascii: "f"), UInt8(ascii: "r"))
        return SIMD16(0, 0, 0, 0, 0, 0, 0, 0, b, t, n, 0, f, r, 0, 0)
    }

    private let lookup: ByteLookup
    /// One for each number of eight bits, which nobody changes.
    private let spreads: UnsafePointer<Spread>

    private init(lookup: ByteLookup) {
        self.lookup = lookup
        let made = UnsafeMutablePointer<Spread>.allocate(capacity: 256)
        for places in 0..<256 { unsafe (made + places).initialize(to: Spread(places: places)) }
        unsafe spreads = UnsafePointer(made)
    }

    /// The letters that stand for controls after a backslash; zero for every other byte.
    @inline(__always)
    func letters(for block: SIMD16<UInt8>) -> SIMD16<UInt8> {
        let letters = lookup.bytes(of: Self.letters, at: block & SIMD16(repeating: 0x0F))
        return letters & ByteBlock.lanes(block .< SIMD16(repeating: 0x10))
    }

    /// Writes a block whose controls were replaced; where it ends. 32 bytes can be written.
    @unsafe @inline(__always)
    func write(_ block: EscapableBlock, to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        let places = ByteBlock.topBits(block.quotes)
        let middle = unsafe write(block.bytes.lowHalf, places & 0xFF, to: target)
        return unsafe write(block.bytes.highHalf, places >> 8 & 0xFF, to: middle)
    }

    /// The same for eight bytes, which become eight to sixteen. Sixteen bytes can be written.
    @inline(__always)
    private func write(_ bytes: SIMD8<UInt8>, _ places: UInt32, to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        // Invariant: there are 256 spreads, and `places` has eight bits.
        let spread = unsafe spreads + Int(places)
        let table = SIMD16(lowHalf: bytes, highHalf: SIMD8(repeating: UInt8(ascii: "\\")))
        unsafe target.storeBytes(of: lookup.bytes(of: table, at: spread.pointee.indices), as: SIMD16<UInt8>.self)
        return unsafe target + spread.pointee.byteCount
    }
}
