import Packets
import Testing

@Suite struct AddressTests {
    @Test(
        "an IPv6 address has the one text of RFC 5952",
        arguments: [
            (0x2001_0db8_0000_0000, 0x0000_0000_0002_0001, "2001:db8::2:1"),  // §4.2.1
            (0x2001_0db8_0000_0001, 0x0001_0001_0001_0001, "2001:db8:0:1:1:1:1:1"),  // §4.2.2
            (0x2001_0000_0000_0001, 0x0000_0000_0000_0001, "2001:0:0:1::1"),  // §4.2.3, the longer run
            (0x2001_0db8_0000_0000, 0x0001_0000_0000_0001, "2001:db8::1:0:0:1"),  // §4.2.3, the first of two equal
            (0, 0, "::"),
            (0, 1, "::1"),
            (0x0001_0000_0000_0000, 0, "1::"),
            (0xfe80_0000_0000_0000, 0xabcd_0000_0000_0000, "fe80::abcd:0:0:0"),
            (0xffff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            (0, 0x0000_ffff_c000_0201, "::ffff:192.0.2.1"),  // §5
        ] as [(UInt64, UInt64, String)])
    func canonical(high: UInt64, low: UInt64, text: String) {
        #expect(IPAddress(v6: high, low).description == text)
    }

    @Test("endpoints put an IPv6 address in brackets")
    func endpoints() {
        #expect(Endpoint(address: IPAddress(1, 2, 3, 4), port: 80).description == "1.2.3.4:80")
        #expect(Endpoint(address: IPAddress(v6: 0, 1), port: 80).description == "[::1]:80")
    }

    @Test("an IPv4 address is no IPv6 address with the same bits")
    func families() {
        #expect(IPAddress(v4: 1) != IPAddress(v6: 0, 1))
        #expect(IPAddress(v4: 0x0a00_0001) == IPAddress(10, 0, 0, 1))
    }

    @Test("flags are named in the order of the bits")
    func flags() {
        #expect(([.syn, .ack] as TCPFlags).description == "SYN,ACK")
        #expect(TCPFlags(rawValue: 0xff).description == "FIN,SYN,RST,PSH,ACK,URG,ECE,CWR")
        #expect(TCPFlags().description == "-")
    }
}
