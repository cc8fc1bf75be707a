import Bytes

/// Sixteen bytes of UTF-8 and which of them need an escape in a JSON string.
struct EscapableBlock {
    private(set) var bytes: SIMD16<UInt8>
    /// The lanes of bytes that a backslash is put before as they are.
    private(set) var quotes: SIMD16<UInt8>
    /// The lanes of controls, DEL included, whose escapes are longer or other letters.
    private(set) var controls: SIMD16<UInt8>

    @inline(__always)
    init(_ bytes: SIMD16<UInt8>) {
        self.bytes = bytes
        quotes = Self.quotes(bytes)
        controls = ByteBlock.lanes(bytes .< SIMD16(repeating: 0x20)) | ByteBlock.lanes(bytes .== SIMD16(repeating: 0x7F))
    }

    /// The lanes of `"` and `\`.
    @inline(__always)
    static func quotes(_ bytes: SIMD16<UInt8>) -> SIMD16<UInt8> {
        ByteBlock.lanes(bytes .== SIMD16(repeating: UInt8(ascii: "\""))) | ByteBlock.lanes(bytes .== SIMD16(repeating: UInt8(ascii: "\\")))
    }

    /// Puts letters in the place of controls that have one, so that a backslash before each is all they need.
    @inline(__always)
    mutating func replaceControls(by backslashes: Backslashes) {
        let letters = backslashes.letters(for: bytes)
        let replaced = ByteBlock.lanes(letters .!= SIMD16(repeating: 0))
        bytes = bytes & ~replaced | letters
        quotes |= replaced
        controls &= ~replaced
    }
}
