import Bytes

/// What a file that is not a capture seems to be, and what the user can do about it.
enum FileSignature {
    private static let binary: [(magic: [UInt8], description: String)] = [
        ([0x02, 0x21, 0x4C, 0x18], "it is compressed with an old format of lz4; pipe it in with `lz4 -dc FILE | wsray -`"),
        (
            Array("PK\u{3}\u{4}".utf8),
            "it is a zip archive; unpack it, or, if it is a Playwright trace, see its messages with `wsray FILE`"
        ),
        (Array("\u{7F}ELF".utf8), "it is an ELF program or library"),
        (Array("btsnoop\0".utf8), "it is a Bluetooth btsnoop file, which has no TCP"),
        (Array("GMBU".utf8), "it is a Microsoft Network Monitor file; convert it with `editcap -F pcapng`"),
        (Array("RTSS".utf8), "it is a Microsoft Network Monitor file; convert it with `editcap -F pcapng`"),
        (Array("TRSNIFF data".utf8), "it is a Sniffer file; convert it with `editcap -F pcapng`"),
        (Array("XCP\0".utf8), "it is a NetXRay or Sniffer file; convert it with `editcap -F pcapng`"),
    ]

    private static let keyLogLabels = [
        "CLIENT_RANDOM ", "CLIENT_HANDSHAKE_TRAFFIC_SECRET ", "SERVER_HANDSHAKE_TRAFFIC_SECRET ", "# SSL/TLS secrets",
    ]

    /// A clause such as "it is a zip archive; unpack it first", or the first bytes in hexadecimal.
    /// - Parameter compression: what the bytes were decompressed from.
    static func description(of bytes: Span<UInt8>, in compression: Compression?) -> String {
        let head = bytes.extracting(first: 512).copied()
        if let compression, let inner = Compression(bytes) {
            return "it is compressed once more, with \(inner.name); pipe it in with `\(compression.name) -dc FILE | wsray -`"
        }
        if let known = binary.first(where: { head.starts(with: $0.magic) }) { return known.description }
        if keyLogLabels.contains(where: { head.starts(with: $0.utf8) }) {
            return "it is a TLS key log; give it with --keys beside the capture"
        }
        return textDescription(head) ?? "it begins with \(hexadecimal(head.prefix(8)))"
    }

    private static func textDescription(_ head: [UInt8]) -> String? {
        let isText = head.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
        guard isText else { return nil }
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = head.starts(with: byteOrderMark) ? head.dropFirst(3) : head[...]
        switch text.first(where: { $0 > 0x20 }) {
        case UInt8(ascii: "{") where contains(text, "\"log\""):
            return "it looks like a HAR, which has messages but no packets; `wsray FILE` shows them"
        case UInt8(ascii: "{"), UInt8(ascii: "["): return "it is JSON text; packets are needed, as `tcpdump -w` writes them"
        case UInt8(ascii: "<"): return "it is XML or HTML text; packets are needed, as `tcpdump -w` writes them"
        default: return "it is text; packets are needed, as `tcpdump -w` writes them"
        }
    }

    private static func contains(_ text: ArraySlice<UInt8>, _ needle: StaticString) -> Bool {
        text.indices.contains { text.span.matches(needle, at: $0 - text.startIndex) }
    }

    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }
}
