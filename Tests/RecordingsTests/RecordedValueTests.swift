import Bytes
import Packets
import Testing

@testable import Recordings

@Suite("Values in recordings")
struct RecordedValueTests {
    @Test(
        "Instants are read with any zone and as many digits as they have",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.5Z", 500_000_000), ("1970-01-01T01:00:00.000000001+01:00", 1),
            ("1969-12-31T23:00:00-0100", 0), ("2026-11-27T21:30:23.364977+00:00", 1_795_815_023_364_977_000),
            ("2000-03-01T00:00:00Z", 951_868_800_000_000_000), ("2000-02-29T00:00:00Z", 951_782_400_000_000_000),
        ] as [(String, Int64)])
    func instants(text: String, nanoseconds: Int64) { #expect(RecordedTime.instant(text)?.nanoseconds == nanoseconds) }

    @Test(
        "What is no instant is none",
        arguments: [
            "", "2026-11-27", "2026-13-01T00:00:00Z", "2026-11-27T25:00:00Z", "9999-01-01T00:00:00Z", "2026-11-27T21:30:23.Z",
            "2026-11-27T21:30:23Zx",
        ])
    func noInstants(text: String) { #expect(RecordedTime.instant(text) == nil) }

    @Test(
        "Numbers are read exactly, as seconds or milliseconds",
        arguments: [
            ("1795815009.1187727", 1_795_815_009_118_772_700), ("1795815014007.683", 1_795_815_014_007_683_000), ("0", 0),
            ("1.7958150091187727e9", 1_795_815_009_118_772_736), ("9223372036.854775807", .max), ("9223372036.9", 9_223_372_036_900_000),
        ] as [(String, Int64)])
    func numbers(text: String, nanoseconds: Int64) {
        let found = RecordedTime.sinceEpoch(Array(text.utf8))?.nanoseconds ?? -1
        #expect(abs(found - nanoseconds) < 512)
    }

    @Test(
        "What is no time of these years is none",
        arguments: ["-1", "true", "null", "", "-", "1e400", "99999999999999999999", "9223372036854.9"])
    func noNumbers(text: String) { #expect(RecordedTime.sinceEpoch(Array(text.utf8)) == nil) }

    @Test(
        "Addresses are read as they are written (RFC 4291 §2.2)",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("::1", "::1"), ("[2001:db8::8:800:200c:417a]", "2001:db8::8:800:200c:417a"),
            ("fe80::1%eth0", "fe80::1"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("::", "::"),
        ])
    func addresses(text: String, shown: String) { #expect(RecordedAddress.parse(text)?.description == shown) }

    @Test(
        "What is no address is none",
        arguments: [
            "", "192.0.2", "192.0.2.256", "192.0.2.1.1", "1:2:3", "1:2:3:4:5:6:7:8:9", "::1::", "g::", "12345::", "localhost", ":1",
        ])
    func noAddresses(text: String) { #expect(RecordedAddress.parse(text) == nil) }

    @Test("A URL gives host, port and target")
    func urls() throws {
        let one = try #require(RecordedURL("wss://user:pw@example.com/a/b?c=d#e"))
        #expect(one.host == "example.com" && one.port == 443 && one.target == "/a/b?c=d" && one.isSecure && one.isWebSocket)
        let two = try #require(RecordedURL("ws://[::1]:8080?x"))
        #expect(two.host == "::1" && two.port == 8080 && two.target == "/?x" && !two.isSecure)
        #expect(RecordedURL("about:blank") == nil && RecordedURL("") == nil && RecordedURL("ws:///x") == nil)
    }
}
