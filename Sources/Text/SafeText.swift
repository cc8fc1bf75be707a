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

    public init(limit: Int = .max, isASCII: Bool = false, hasUnknownBytes: Bool = false) {
        self.limit = limit
        self.isASCII = isASCII
        self.hasUnknownBytes = hasUnknownBytes
    }

    /// Appends as much as has room; true when all of it had.
    @discardableResult
    public mutating func append(_ bytes: Span<UInt8>, to output: inout ByteBuffer) -> Bool {
        var at = 0
        defer { byteCount += at }
        while at < bytes.count {
            let run = plainRun(bytes, from: at)
            if run > 0 {
                let fits = min(run, limit - columns)
                output.append(bytes.extracting(at..<at + fits))
                columns += fits
                at += fits
                if fits < run { return cut() }
                continue
            }
            guard let next = appendUnusual(bytes, at: at, to: &output) else { return cut() }
            at = next
        }
        return true
    }

    @discardableResult
    public mutating func append(_ text: String, to output: inout ByteBuffer) -> Bool {
        let bytes = Array(text.utf8)
        return append(bytes.span, to: &output)
    }

    private mutating func cut() -> Bool {
        isCut = true
        return false
    }

    /// The number of printable ASCII characters from `start` on.
    @inline(__always)
    private func plainRun(_ bytes: Span<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Invariant: every load ends at or before the span's count.
        return unsafe bytes.withUnsafeBytes { raw in
            var at = start
            while raw.count - at >= 8 {
                let word = unsafe raw.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian
                // Each leaves the top bit in its bytes: beyond ASCII, below 20, 7F. What it carries over reaches only bytes behind such a one.
                let found = (word | (word &- ones &* 0x20) | (word &+ ones)) & (ones &* 0x80)
                if found != 0 { return at + found.trailingZeroBitCount / 8 - start }
                at += 8
            }
            while at < raw.count, unsafe raw[at] &- 0x20 < 0x5F { at += 1 }
            return at - start
        }
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
            guard reserve(displayWidth(scalar)) else { return nil }
            output.append(bytes.extracting(at..<at + length))
        }
        return at + length
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
