import Bytes
import Capture
import TestSupport
import Testing

@Suite struct PacketFilterTests {
    /// IPv4 10.0.0.1:1234 > 10.0.0.2:8080, TCP SYN, without payload.
    static let ip: [UInt8] = [
        0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        0x04, 0xD2, 0x1F, 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0,
    ]
    static let ethernet: [UInt8] = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 8, 0] + ip
    static let cooked: [UInt8] = [0, 4, 0, 1, 0, 6, 0, 0, 0, 0, 0, 1, 0, 0, 8, 0] + ip

    /// Whether the filter selects the packet, or the error.
    private func select(_ expression: String, _ packets: [(LinkType, [UInt8])], originalLength: Int? = nil) throws(CaptureError) -> [Bool] {
        var filter = try PacketFilter(expression)
        var selected: [Bool] = []
        for (linkType, bytes) in packets {
            let header = PacketHeader(
                number: 1, time: Timestamp(nanoseconds: 0), fractionDigits: 6, linkType: linkType,
                originalLength: originalLength ?? bytes.count)
            selected.append(try filter.matches(header, bytes.span))
        }
        return selected
    }

    private func error(_ expression: String, _ packets: [(LinkType, [UInt8])] = []) -> CaptureError? {
        do throws(CaptureError) {
            _ = try select(expression, packets)
            return nil
        } catch {
            return error
        }
    }

    @Test("one expression fits packets of every link type, each compiled for its own")
    func linkTypes() throws {
        let packets: [(LinkType, [UInt8])] = [
            (.ethernet, Self.ethernet), (.raw, Self.ip), (.linuxCooked, Self.cooked), (.ipv4, Self.ip), (.ethernet, Self.ethernet),
            (.raw, Self.ip),
        ]
        #expect(try select("tcp port 8080", packets) == Array(repeating: true, count: 6))
        #expect(try select("tcp port 8081", packets) == Array(repeating: false, count: 6))
        #expect(try select("src host 10.0.0.1 and not udp", packets) == Array(repeating: true, count: 6))
        #expect(try select("", packets) == Array(repeating: true, count: 6))
    }

    @Test("lengths are those on the wire, bytes are those captured")
    func lengths() throws {
        #expect(try select("greater 1000", [(.ethernet, Self.ethernet)], originalLength: 1_500) == [true])
        #expect(try select("greater 1000", [(.ethernet, Self.ethernet)]) == [false])
        #expect(
            try select("tcp port 8080", [(.ethernet, []), (.ethernet, Array(Self.ethernet.prefix(20)))], originalLength: 54) == [
                false, false,
            ])
    }

    @Test("an expression that compiles nowhere is refused at once, in libpcap's words")
    func refused() {
        let refusal = error("tcp prot 80")
        #expect(refusal?.kind == .badFilter)
        #expect(refusal?.exitStatus == 64)
        #expect(refusal?.message.hasPrefix("filter \"tcp prot 80\": ") == true)
        #expect(refusal?.message.contains("syntax error") == true)
    }

    @Test("an expression for one link type is refused when a packet of another comes")
    func particular() {
        #expect(error("wlan type mgt") == nil)
        let refusal = error("wlan type mgt", [(.ethernet, Self.ethernet)])
        #expect(refusal?.kind == .badFilter)
        #expect(refusal?.message.hasPrefix("filter \"wlan type mgt\" does not fit packets of link type 1 (EN10MB): ") == true)
        #expect(error("tcp", [(LinkType(rawValue: 0xFFFF), [1])])?.message.contains("link type 65535") == true)
    }
}
