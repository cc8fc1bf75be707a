import Bytes

/// What a chunked body is replaced with: one of the same length that says nothing (RFC 9112 §7.1).
///
///     size, zeros before it   CRLF   data   CRLF   0 CRLF CRLF
///
/// One chunk, and the last; a body too short for that is the last chunk alone, with zeros before its own.
enum ChunkedFiller {
    /// Digits of the size, which hold any.
    private static let digitCount = 16
    private static let overhead = UInt64(digitCount + 9)
    private static let last = Array("\r\n0\r\n\r\n".utf8)

    /// The byte at `place` of a body of `count` bytes; nil for one whose end is not known, and that never ends.
    static func byte(at place: UInt64, of count: UInt64?) -> UInt8 {
        let count = count ?? .max >> 8
        guard count > overhead else {
            let fromEnd = count > place ? count - place : 0
            return fromEnd >= 1 && fromEnd <= 4 ? last[last.count - Int(fromEnd)] : UInt8(ascii: "0")
        }
        let size = count - overhead
        let end = UInt64(digitCount + 2) + size
        if place < UInt64(digitCount) { return hexDigit(size >> (4 * (UInt64(digitCount) - 1 - place))) }
        if place == UInt64(digitCount) { return UInt8(ascii: "\r") }
        if place == UInt64(digitCount + 1) { return UInt8(ascii: "\n") }
        return place < end ? StoredBlocks.filler : last[Int(min(place - end, UInt64(last.count - 1)))]
    }

    /// A body of `count` bytes that says `content` and blanks; nil where there is no room for that.
    static func body(of content: [UInt8], count: UInt64) -> [UInt8]? {
        guard count >= 9, let room = Int(exactly: count - 9), room > content.count else { return nil }
        let digits = min(room - content.count, digitCount)
        let size = room - digits
        guard digits == digitCount || UInt64(size) >> UInt64(4 * digits) == 0 else { return nil }
        var body = (0..<digits).map { hexDigit(UInt64(size) >> UInt64(4 * (digits - 1 - $0))) }
        body += Array("\r\n".utf8) + content
        body += [UInt8](repeating: UInt8(ascii: " "), count: size - content.count) + last
        return body
    }

    private static func hexDigit(_ number: UInt64) -> UInt8 {
        let digit = UInt8(truncatingIfNeeded: number & 0xF)
        return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
