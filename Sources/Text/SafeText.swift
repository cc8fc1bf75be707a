import Bytes

/// Writes text from the wire so that a terminal shows it and never obeys it.
///
/// Control characters, C1 controls, line and paragraph separators, bidirectional and other invisible format characters become
/// visible escapes; bytes that are not UTF-8 become `\xNN`. A backslash stays a backslash.
public struct SafeText {
    /// Columns written so far.
    public private(set) var columns = 0
    /// Bytes taken so far.
    public private(set) var byteCount = 0
    /// True when not everything found room.
    public private(set) var isCut = false
    public let limit: Int
    /// Characters beyond ASCII become escapes too.
    public let isASCII: Bool
    /// FF stands for a byte that nobody can know, as it does in a message that was inflated after a loss.
    public let hasUnknownBytes: Bool
    /// Combining marks that one character may have; an ellipsis stands for more of them.
    public let markLimit: Int
    /// The marks of the last character, and the offset after them.
    private var markCount = 0
    private var markEnd = 0

    public init(limit: Int = .max, isASCII: Bool = false, hasUnknownBytes: Bool = false, markLimit: Int = .max) {
        self.limit = limit
        self.isASCII = isASCII
        self.hasUnknownBytes = hasUnknownBytes
        self.markLimit = markLimit
    }

    /// A whole text, on one line.
    public static func escaping(_ text: String) -> String {
        var safe = SafeText()
        var output = ByteBuffer()
        safe.append(text, to: &output)
        return String(decoding: output.span.copied(), as: UTF8.self)
    }

    /// Appends as much as has room; true when all of it had.
    @discardableResult
    public mutating func append(_ bytes: Span<UInt8>, to output: inout ByteBuffer) -> Bool {
        var at = 0
        defer { byteCount += at }
        while at < bytes.count {
            let run = appendPlain(bytes, from: at, to: &output)
            at &+= run
            columns &+= run
            if at == bytes.count { break }
            // Where the room ends inside a run, whatever else begins there may still take no column.
            if columns == limit, Self.isPlain(bytes[at]) { return cut() }
            guard let next = appendUnusual(bytes, at: at, to: &output) else { return cut() }
            at = next
        }
        return true
    }

    @discardableResult
    public mutating func append(_ text: String, to output: inout ByteBuffer) -> Bool {
        var text = text
        // Invariant: the span ends with the closure.
        return text.withUTF8 { unsafe append(Span(_unsafeElements: $0), to: &output) }
    }

    private mutating func cut() -> Bool {
        isCut = true
        return false
    }

    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool { byte &- 0x20 < 0x5F }

    /// Appends the printable ASCII characters from `start` on that have room; how many those are.
    @inline(__always)
    private func appendPlain(_ bytes: Span<UInt8>, from start: Int, to output: inout ByteBuffer) -> Int {
        let most = min(bytes.count &- start, limit &- columns)
        guard most > 0 else { return 0 }
        var run = 0
        // Invariant: `most` bytes can be read from `start` on, and written.
        unsafe output.append(upTo: most) { room in
            unsafe bytes.withUnsafeBytes { source in
                run = unsafe Self.copyPlain(source.baseAddress.unsafelyUnwrapped + start, most, to: room.baseAddress.unsafelyUnwrapped)
            }
            return run
        }
        return run
    }

    /// Copies bytes up to the first that is no printable ASCII character; how many those are. Those behind it may be copied too.
    @inline(__always)
    private static func copyPlain(_ source: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer) -> Int {
        var at = 0
        // Invariant: every block ends at or before `count`.
        let last = count &- 16
        while at <= last {
            let place = unsafe copyBlock(source + at, to: target + at)
            if place < 16 { return at &+ place }
            at &+= 16
        }
        if at == count { return count }
        // The last block begins with bytes that are known to be plain.
        if last >= 0 { return unsafe last &+ copyBlock(source + last, to: target + last) }
        while at < count {
            let byte = unsafe source.load(fromByteOffset: at, as: UInt8.self)
            guard isPlain(byte) else { break }
            unsafe target.storeBytes(of: byte, toByteOffset: at, as: UInt8.self)
            at += 1
        }
        return at
    }

    /// Copies 16 bytes; the place of the first among them that is no printable ASCII character, 16 when there is none.
    @inline(__always)
    private static func copyBlock(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) -> Int {
        let block = unsafe source.loadUnaligned(as: SIMD16<Int8>.self)
        unsafe target.storeBytes(of: block, as: SIMD16<Int8>.self)
        // Bytes beyond ASCII are negative.
        let found = ByteBlock.topBits(
            ByteBlock.lanes(block .< SIMD16(repeating: 0x20)) | ByteBlock.lanes(block .== SIMD16(repeating: 0x7F)))
        return found == 0 ? 16 : found.trailingZeroBitCount
    }

    /// Writes the character at `at`; the place behind it, or nil when there is no room.
    private mutating func appendUnusual(_ bytes: Span<UInt8>, at: Int, to output: inout ByteBuffer) -> Int? {
        guard let (scalar, length) = decode(bytes, at: at) else {
            if hasUnknownBytes, bytes[at] == 0xFF {
                guard reserve(1) else { return nil }
                output.append(isASCII ? "?" : "\u{FFFD}")
                return at + 1
            }
            guard reserve(4) else { return nil }
            output.append("\\x")
            output.append(hex: UInt64(bytes[at]), digits: 2)
            return at + 1
        }
        switch scalar.value {
        case 0x0A: return escape("\\n", to: &output, behind: at + length)
        case 0x0D: return escape("\\r", to: &output, behind: at + length)
        case 0x09: return escape("\\t", to: &output, behind: at + length)
        case let value where !scalar.isPrintable || (isASCII && value > 0x7E):
            let digits = value > 0xFFFF ? 6 : value > 0xFF ? 4 : 2
            guard reserve(digits + 4) else { return nil }
            output.append("\\u{")
            output.append(hex: UInt64(value), digits: digits)
            output.append("}")
        default:
            let width = displayWidth(scalar)
            if width == 0 { return appendMark(bytes.extracting(at..<at + length), at: at, to: &output) }
            guard reserve(width) else { return nil }
            output.append(bytes.extracting(at..<at + length))
        }
        return at + length
    }

    private mutating func appendMark(_ mark: Span<UInt8>, at: Int, to output: inout ByteBuffer) -> Int? {
        if byteCount + at != markEnd { markCount = 0 }
        if markCount < markLimit {
            output.append(mark)
        } else if markCount == markLimit {
            guard reserve(1) else { return nil }
            output.append("…")
        }
        markCount += 1
        markEnd = byteCount + at + mark.count
        return at + mark.count
    }

    private mutating func escape(_ text: StaticString, to output: inout ByteBuffer, behind: Int) -> Int? {
        guard reserve(2) else { return nil }
        output.append(text)
        return behind
    }

    private mutating func reserve(_ width: Int) -> Bool {
        guard limit - columns >= width else { return false }
        columns += width
        return true
    }

    /// The character at `at` and its length in bytes; nil when the bytes there are not UTF-8.
    private func decode(_ bytes: Span<UInt8>, at: Int) -> (Unicode.Scalar, Int)? {
        let lead = bytes[at]
        let length = lead < 0x80 ? 1 : lead & 0xE0 == 0xC0 ? 2 : lead & 0xF0 == 0xE0 ? 3 : lead & 0xF8 == 0xF0 ? 4 : 0
        guard length > 0, bytes.count - at >= length else { return nil }
        if length == 1 { return (Unicode.Scalar(lead), 1) }
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for index in 1..<length {
            let byte = bytes[at + index]
            guard byte & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        let smallest: [4 of UInt32] = [0, 0x80, 0x800, 0x10000]
        guard value >= smallest[length - 1], let scalar = Unicode.Scalar(value) else { return nil }
        return (scalar, length)
    }
}

extension Unicode.Scalar {
    /// A terminal shows it and does nothing else for it: no control, no invisible format character, nothing unassigned.
    public var isPrintable: Bool {
        if value < 0x7F { return value >= 0x20 }
        // Nearly all there is beyond ASCII, without a search: Latin to Greek, Cyrillic, kana, Han, Hangul.
        switch value {
        case 0xA1...0xAC, 0xAE...0x377, 0x400...0x52F, 0x3041...0x3096, 0x30A1...0x30FF, 0x4E00...0x9FFC, 0xAC00...0xD7A3: return true
        default: break
        }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return false
        default: return true
        }
    }
}
