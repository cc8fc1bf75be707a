import JSON
import Packets

/// An address, or all that begin with the same bits: `10.0.0.0/8`.
struct Network: Equatable, Sendable {
    private let high: UInt64
    private let low: UInt64
    private let highMask: UInt64
    private let lowMask: UInt64
    private let isV4: Bool

    func contains(_ address: IPAddress) -> Bool {
        address.isV4 == isV4 && address.high & highMask == high && address.low & lowMask == low
    }

    /// Nil for what is no address, or none with a number of bits behind a slash.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = Self.v4(parts[0]).map({ IPAddress(v4: $0) }) ?? Self.v6(parts[0]) else { return nil }
        let width = address.isV4 ? 32 : 128
        var bits = width
        if parts.count == 2 {
            guard let number = Self.number(parts[1], limit: width) else { return nil }
            bits = number
        }
        isV4 = address.isV4
        highMask = isV4 ? 0 : Self.mask(min(bits, 64))
        lowMask = isV4 ? Self.mask(bits) >> 32 : Self.mask(max(bits - 64, 0))
        high = address.high & highMask
        low = address.low & lowMask
    }

    /// The first `bits` of 64.
    private static func mask(_ bits: Int) -> UInt64 { bits == 0 ? 0 : ~0 << UInt64(64 - bits) }

    private static func number(_ text: Substring, limit: Int) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 3, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = Int(text) else {
            return nil
        }
        return number <= limit ? number : nil
    }

    private static func v4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard let byte = number(part, limit: 255) else { return nil }
            bits = bits << 8 | UInt32(byte)
        }
        return bits
    }

    /// Groups of up to four hexadecimal digits, `::` once for as many zeros as are missing, the last two as dotted quad (RFC 4291 §2.2).
    private static func v6(_ text: Substring) -> IPAddress? {
        guard text.utf8.count <= 45, text.contains(":") else { return nil }
        var groups: [UInt16] = []
        var gap: Int?
        var rest = text
        if rest.hasPrefix("::") {
            gap = 0
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let part = rest.prefix { $0 != ":" }
            rest = rest.dropFirst(part.count)
            if rest.isEmpty, let quad = v4(part) {
                groups += [UInt16(quad >> 16), UInt16(truncatingIfNeeded: quad)]
                break
            }
            guard part.utf8.count <= 4, part.utf8.allSatisfy({ HexDigit.value(of: $0) != nil }), let group = UInt16(part, radix: 16) else {
                return nil
            }
            groups.append(group)
            if rest.hasPrefix("::") {
                guard gap == nil else { return nil }
                gap = groups.count
                rest = rest.dropFirst(2)
            } else if rest.hasPrefix(":") {
                rest = rest.dropFirst()
                guard !rest.isEmpty else { return nil }
            }
        }
        guard groups.count <= 8, gap == nil ? groups.count == 8 : groups.count < 8 else { return nil }
        groups.insert(contentsOf: [UInt16](repeating: 0, count: 8 - groups.count), at: gap ?? groups.count)
        let words = groups.map(UInt64.init)
        return IPAddress(
            v6: words[0] << 48 | words[1] << 32 | words[2] << 16 | words[3], words[4] << 48 | words[5] << 32 | words[6] << 16 | words[7])
    }
}
