import Bytes
import Channels
import Testing

@testable import TLS

@Suite struct RecordHeaderTests {
    @Test("type, version and length make a header, and the length is that of RFC 5246 §6.2.3 at most")
    func header() {
        let header = RecordHeader(bytes: [22, 3, 1, 0x02, 0x03])
        #expect(header?.type == .handshake && header?.version == 0x0301)
        #expect(header?.payloadByteCount == 0x0203 && header?.recordByteCount == 0x0208)
        for type in UInt8.min...UInt8.max { #expect((RecordHeader(bytes: [type, 3, 3, 0, 1]) != nil) == (20...24).contains(type)) }
        for major in UInt8.min...UInt8.max { #expect((RecordHeader(bytes: [23, major, 3, 0, 1]) != nil) == (major == 3)) }
        for minor in UInt8.min...UInt8.max { #expect((RecordHeader(bytes: [23, 3, minor, 0, 1]) != nil) == (minor <= 4)) }
        // 2^14 and 2048 more.
        #expect(RecordHeader(bytes: [23, 3, 3, 0x48, 0x00]) != nil)
        #expect(RecordHeader(bytes: [23, 3, 3, 0x48, 0x01]) == nil)
    }

    @Test("alerts have the names of RFC 8446 §6 and RFC 5246 §7.2, others their number")
    func alerts() {
        let names: [UInt8: String] = [
            0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 40: "handshake_failure", 47: "illegal_parameter",
            48: "unknown_ca", 50: "decode_error", 51: "decrypt_error", 70: "protocol_version", 80: "internal_error", 90: "user_canceled",
            109: "missing_extension", 112: "unrecognized_name", 116: "certificate_required", 120: "no_application_protocol",
            121: "ech_required", 255: "255", 1: "1",
        ]
        for (code, name) in names { #expect(Alert(code: code).name == name) }
    }

    @Test("a first record that holds a hello is TLS, whatever comes before its end is not known, and all else is not")
    func recognition() {
        let layer = TLSLayer(KeyStore())
        let hello: [UInt8] = [22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3]
        for count in 1..<6 { #expect(layer.recognize(bytes: Array(hello.prefix(count)), fromServer: false) == .needsMore) }
        #expect(layer.recognize(bytes: hello, fromServer: false) == .yes)
        #expect(layer.recognize(bytes: [22, 3, 3, 0, 90, 2], fromServer: true) == .yes)
        // Other messages, records without content, other protocols.
        for bytes: [UInt8] in [
            [22, 3, 3, 0, 90, 11], [22, 3, 3, 0, 0, 1], [23, 3, 3, 0, 90, 1], Array("GET / ".utf8), [22, 2, 0, 0, 9, 1],
        ] {
            #expect(layer.recognize(bytes: bytes, fromServer: false) == .no)
        }
        #expect(layer.transport(over: "tcp") == "tls")
    }
}
