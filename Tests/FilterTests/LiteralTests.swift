@testable import Filter
import Packets
import Testing

@Suite struct LiteralTests {
    @Test(
        "times",
        arguments: [
            ("14:03", TimeLiteral.timeOfDay(50_580_000_000_000)), ("00:00:00.5", .timeOfDay(500_000_000)),
            ("1970-01-01", .instant(0)), ("1970-01-01T00:00:01.000000001Z", .instant(1_000_000_001)),
            ("2026-11-22T14:03:00Z", .instant(1_795_356_180_000_000_000)), ("2026-11-22 15:03+01:00", .instant(1_795_356_180_000_000_000)),
            ("2000-02-29", .instant(951_782_400_000_000_000)), ("1969-12-31T23:59:59", .instant(-1_000_000_000)),
        ])
    func times(text: String, time: TimeLiteral) {
        #expect(TimeLiteral(text) == time)
    }

    @Test(
        "what is no time",
        arguments: ["", "14", "25:00", "14:60", "14:03:", "14:03:00.", "2026-02-29", "2026-13-01", "2026-1-1", "2026-11-22T"])
    func noTimes(text: String) {
        #expect(TimeLiteral(text) == nil)
    }

    @Test(
        "networks hold their addresses and no others",
        arguments: [
            ("10.0.0.0/8", IPAddress(10, 1, 2, 3), IPAddress(11, 0, 0, 0)), ("192.0.2.7", IPAddress(192, 0, 2, 7), IPAddress(192, 0, 2, 6)),
            ("0.0.0.0/0", IPAddress(1, 2, 3, 4), IPAddress(v6: 0, 1)), ("::1", IPAddress(v6: 0, 1), IPAddress(v6: 0, 2)),
            ("2001:db8::/32", IPAddress(v6: 0x2001_0db8_ffff_0000, 5), IPAddress(v6: 0x2001_0db9_0000_0000, 5)),
            ("fe80::1:2/127", IPAddress(v6: 0xfe80 << 48, 0x1_0003), IPAddress(v6: 0xfe80 << 48, 0x1_0004)),
            ("::ffff:1.2.3.4", IPAddress(v6: 0, 0xffff_0102_0304), IPAddress(1, 2, 3, 4)),
            ("1:2:3:4:5:6:7:8", IPAddress(v6: 0x1_0002_0003_0004, 0x5_0006_0007_0008), IPAddress(v6: 0, 0)),
        ])
    func networks(text: String, inside: IPAddress, outside: IPAddress) throws {
        let network = try #require(Network(text))
        #expect(network.contains(inside))
        #expect(!network.contains(outside))
    }

    @Test(
        "what is no address",
        arguments: [
            "", "1.2.3", "1.2.3.256", "1.2.3.4/33", "1.2.3.4/", "::1/129", ":1", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::",
        ])
    func noAddresses(text: String) {
        #expect(Network(text) == nil)
    }

    @Test(
        "numbers with units",
        arguments: [("5", 1, 5), ("0x1F", 1, 31), ("1.5", 1_000, 1_500), ("-2", 10, -20), ("0.25", 4, 1)] as [(String, Int128, Int128)])
    func numbers(text: String, factor: Int128, value: Int128) {
        #expect(NumberLiteral(text)?.times(factor) == value)
    }
}
