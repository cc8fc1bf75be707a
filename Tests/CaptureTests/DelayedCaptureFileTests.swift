import TestSupport
import Bytes
import Capture
import TestSupport
import Testing

@Suite struct DelayedCaptureFileTests {
    static let secrets = DecryptionSecrets(form: .tlsKeyLog, bytes: Array("# nothing\n".utf8))

    static func add(_ number: Int, to file: inout DelayedCaptureFile, now: Int64) {
        let header = PacketHeader(
            number: UInt64(number), time: Timestamp(nanoseconds: Int64(number) * 1_000_000_000), fractionDigits: 9, linkType: .ethernet,
            originalLength: 60)
        file.append(header, [UInt8](repeating: UInt8(number), count: 60).span, now: now)
    }

    /// Where blocks of a type begin.
    static func offsets(of type: UInt32, in bytes: [UInt8]) -> [Int] {
        var offsets: [Int] = []
        var offset = 0
        while offset < bytes.count {
            if bytes.span.uint32LE(at: offset) == type { offsets.append(offset) }
            offset += Int(bytes.span.uint32LE(at: offset + 4))
        }
        return offsets
    }

    static func content(_ path: String) throws -> [UInt8] {
        var source = try ByteSource(path: path)
        return try source.readAll(limit: 1 << 20)
    }

    @Test("secrets that come soon after packets stand before them, and all packets are there in order")
    func order() throws {
        let folder = CaptureFileTests.Folder()
        let path = "\(folder.path)/a.pcapng"
        var file = try DelayedCaptureFile(CaptureFile.Options(path: path), interfaces: [CaptureFileTests.interface])
        Self.add(1, to: &file, now: 1_000_000_000)
        Self.add(2, to: &file, now: 1_010_000_000)
        file.append(Self.secrets)
        file.advance(now: 1_020_000_000)
        Self.add(3, to: &file, now: 1_030_000_000)
        file.close()
        let bytes = try Self.content(path)
        let (packets, secrets) = (Self.offsets(of: 6, in: bytes), Self.offsets(of: 10, in: bytes))
        #expect(packets.count == 3 && secrets.count == 1 && secrets[0] < packets[0])
        #expect(folder.reading("a.pcapng").packets.map(\.nanoseconds) == [1_000_000_000, 2_000_000_000, 3_000_000_000])
    }

    @Test("packets are in the file after twice the delay at most")
    func delay() throws {
        let folder = CaptureFileTests.Folder()
        var file = try DelayedCaptureFile(
            CaptureFile.Options(path: "\(folder.path)/a.pcapng"), interfaces: [CaptureFileTests.interface])
        Self.add(1, to: &file, now: 0)
        file.advance(now: DelayedCaptureFile.delay - 1)
        #expect(folder.reading("a.pcapng").packets.isEmpty)
        file.advance(now: DelayedCaptureFile.delay)
        Self.add(2, to: &file, now: DelayedCaptureFile.delay)
        file.advance(now: 2 * DelayedCaptureFile.delay)
        #expect(folder.reading("a.pcapng").packets.count == 1)
        file.close()
        #expect(folder.reading("a.pcapng").packets.count == 2)
    }
}
