import Bytes
import Foundation
import Packets
import TestSupport
import Testing

/// Classic capture files beside the package, read just well enough for these tests.
enum Captures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/captures").standardizedFileURL
    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../fixtures").standardizedFileURL
    static var arePresent: Bool { FileManager.default.fileExists(atPath: folder.path) }

    /// Calls `body` for each packet, as far as the file goes; false when it is no classic capture file.
    static func read(_ file: URL, _ body: (PacketHeader, Span<UInt8>) -> Void) throws -> Bool {
        let bytes = try [UInt8](Data(contentsOf: file))
        let span = bytes.span
        guard span.count >= 24 else { return false }
        let magic = span.uint32BE(at: 0)
        let isBig = magic == 0xa1b2_c3d4 || magic == 0xa1b2_3c4d
        guard isBig || magic == 0xd4c3_b2a1 || magic == 0x4d3c_b2a1 else { return false }
        func word(_ offset: Int) -> Int { Int(isBig ? span.uint32BE(at: offset) : span.uint32LE(at: offset)) }
        let unit = magic == 0xa1b2_3c4d || magic == 0x4d3c_b2a1 ? 1 : 1000
        let linkType = LinkType(rawValue: UInt32(word(20) & 0xffff))
        var offset = 24
        var number: UInt64 = 0
        while span.count - offset >= 16, span.count - offset - 16 >= word(offset + 8) {
            number += 1
            let header = PacketHeader(
                number: number, time: Timestamp(nanoseconds: Int64(word(offset)) * 1_000_000_000 + Int64(word(offset + 4) * unit)),
                fractionDigits: unit == 1 ? 9 : 6, linkType: linkType, originalLength: word(offset + 12))
            let length = word(offset + 8)
            body(header, span.extracting(offset + 16..<offset + 16 + length))
            offset += 16 + length
        }
        return true
    }
}

@Suite(.enabled(if: Captures.arePresent, "the folder shared/captures is not beside the package"))
struct CaptureFileTests {
    /// Segments and payload bytes on the wire, as `tshark -r FILE -Y tcp -T fields -e tcp.len` counts and adds them (tshark 4.0.17).
    @Test(
        "segments and payload bytes are as many as tshark finds",
        arguments: [
            ("real/v6-ipfrag.client-side.pcap", 627, 366_321),
            ("layers/pcapplusplus-ip6_fragments.pcap", 0, 0),
            ("layers/pcapplusplus-one_ipv6_http_stream.pcap", 19, 6843),
            ("layers/pcapplusplus-sll.pcap", 483, 415_114),
            ("layers/pcapplusplus-sll2.pcap", 3, 31),
            ("layers/pcapplusplus-null_loopback.pcap", 1, 403),
            ("layers/pcapplusplus-raw_ip.pcap", 92, 24_437),
            ("layers/arkime-twovlan.pcap", 6, 4457),
            ("layers/arkime-pppoe.pcap", 10, 3564),
            ("layers/arkime-mpls-basic.pcap", 19, 75),
            ("layers/suricata-decode-chdlc-01-hdlc-http_1tx.pcap", 17, 9550),
            ("layers/zeek-vlan-qinqinq.pcap", 14, 5143),
            ("layers/zeek-mixed-vlan-mpls.pcap", 47, 12_979),
            ("layers/zeek-ipv6-http-atomic-frag.pcap", 36, 412),
            ("layers/suricata-bug-6887-defrag-eth-vlan-ipv4-tcp-syn-frag-eth-vlan-ip-tcp-syn.pcap", 1, 0),
            ("layers/suricata-bug-6887-defrag-ipv4-tcp-syn-frag-ip-tcp-syn.pcap", 1, 0),
            ("layers/suricata-bug-6887-defrag-ipv6-tcp-frag-ip-tcp.pcap", 1, 1000),
            ("layers/suricata-bug-6887-defrag-ppp-ipv4-tcp-syn-frag-ppp-ip-tcp-syn.pcap", 1, 0),
            ("layers/suricata-bug-6887-defrag-ppp-ipv6-tcp-frag-ppp-ipv6-tcp.pcap", 1, 1000),
        ])
    func counts(path: String, segments: Int, bytes: Int) throws {
        let file = Captures.folder.appending(path: path)
        try #require(FileManager.default.fileExists(atPath: file.path))
        var decoder = PacketDecoder()
        var found: [Segment] = []
        let isRead = try Captures.read(file) { header, packet in
            if let segment = decoder.decode(header, packet).segment { found.append(segment) }
        }
        #expect(isRead)
        #expect(found.count == segments)
        #expect(found.reduce(0) { $0 + $1.payloadLength } == bytes)
    }

    @Test("every packet of every capture has a sound answer, whole and cut short")
    func sound() throws {
        let folder = Captures.folder.appending(path: "layers")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        for file in files where file.pathExtension == "pcap" {
            for snaplen in [Int.max, 60] {
                var decoder = PacketDecoder()
                _ = try Captures.read(file) { header, packet in
                    let captured = packet.extracting(first: min(packet.count, snaplen))
                    let decoded = decoder.decode(header, captured)
                    let reassembled = decoder.reassembledBytes.count
                    let sound = isSound(decoded, captured: captured.count, reassembled: reassembled)
                    #expect(sound, "\(file.lastPathComponent) packet \(header.number)")
                }
            }
        }
    }
}
