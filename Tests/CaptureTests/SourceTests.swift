import Bytes
import Capture
import Foundation
import TestSupport
import Testing

@Suite struct SourceTests {
    static let packets: [CaptureFileBuilder.Packet] = (0..<40).map { index in
        .init((0..<index * 7).map { UInt8(truncatingIfNeeded: $0 &+ index) }, at: 1_700_000_000_000_000_000 + UInt64(index) * 1_001)
    }

    @Test("a source that delivers byte by byte, or in any portions, gives the same packets")
    func portions() {
        for file in [
            CaptureFileBuilder.pcap(Self.packets), CaptureFileBuilder.pcapng(Self.packets),
            CaptureFileBuilder.gzip(CaptureFileBuilder.pcapng(Self.packets)),
        ] {
            let whole = Reading(file)
            #expect(whole.error == nil)
            #expect(whole.packets.map(\.bytes) == Self.packets.map(\.bytes))
            for portion in [1, 2, 3, 7, 16, 1_000] { #expect(Reading(file, portion: portion).packets == whole.packets) }
        }
    }

    @Test(
        "a packet is returned as soon as the pipe has delivered it, and the reader says when the next call may wait", arguments: [0, 1, 2])
    func livePipe(form: Int) throws {
        let blocks = PcapngBlocks()
        let pieces: [[UInt8]] =
            form == 0
            ? [CaptureFileBuilder.pcap([.init([1]), .init([2])]), Array(CaptureFileBuilder.pcap([.init([3])]).dropFirst(24))]
            : [
                blocks.section() + blocks.interface() + blocks.enhancedPacket([1]) + blocks.block(9, []) + blocks.enhancedPacket([2]),
                blocks.enhancedPacket([3]),
            ]
        let pipe = Pipe()
        func send(_ bytes: [UInt8]) { pipe.fileHandleForWriting.write(Data(form == 2 ? CaptureFileBuilder.gzip(bytes) : bytes)) }

        send(pieces[0])
        var reader = try CaptureReader(ByteSource(path: "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)"), name: "pipe")
        for expected: UInt8 in [1, 2] {
            let isBuffered = reader.hasBufferedPacket
            #expect(isBuffered)
            _ = try reader.next()
            let bytes = reader.bytes.copied()
            #expect(bytes == [expected])
        }
        let mayWait = !reader.hasBufferedPacket
        #expect(mayWait)
        send(pieces[1])
        _ = try reader.next()
        let bytes = reader.bytes.copied()
        #expect(bytes == [3])
        try pipe.fileHandleForWriting.close()
        let isAtEnd = try reader.next() == nil
        #expect(isAtEnd)
        let isBuffered = reader.hasBufferedPacket
        #expect(isBuffered)
    }

    @Test("half a packet is not a buffered one")
    func halfPacket() throws {
        let blocks = PcapngBlocks()
        let files = [CaptureFileBuilder.pcap([.init([1, 2, 3, 4])]), blocks.section() + blocks.interface() + blocks.enhancedPacket([1])]
        for file in files {
            var reader = try CaptureReader(ByteSource(file, portion: file.count - 1), name: "half")
            let isBuffered = reader.hasBufferedPacket
            #expect(!isBuffered)
            let isWhole = try reader.next() != nil
            #expect(isWhole)
        }
    }

    @Test("a path that cannot be opened is an error with its own exit status")
    func paths() {
        #expect(Self.openError("/nonexistent/a.pcap")?.kind == .noInput)
        #expect(Self.openError("/nonexistent/a.pcap")?.exitStatus == 66)
        #expect(Self.openError("/nonexistent/a.pcap")?.message == "/nonexistent/a.pcap: No such file or directory")
        #expect(Self.openError("/")?.message == "/: is a directory, not a capture file")
        #expect(Self.openError("/dev/null") == nil)
    }

    private static func openError(_ path: String) -> CaptureError? {
        do throws(CaptureError) {
            _ = try ByteSource(path: path)
            return nil
        } catch {
            return error
        }
    }

    @Test("a file that is not a capture is named as what it seems to be")
    func signatures() {
        func message(_ bytes: [UInt8]) -> String { Reading(bytes, name: "x").error?.message ?? "" }
        func message(_ text: String) -> String { message(Array(text.utf8)) }
        #expect(message("PK\u{3}\u{4}....").contains("zip archive"))
        #expect(message("\u{7F}ELF....").contains("ELF"))
        #expect(message("  {\"log\": {\"version\": \"1.2\"}}").contains("HAR"))
        #expect(message("[1, 2]").contains("JSON"))
        #expect(message("\u{FEFF}<?xml version=\"1.0\"?>").contains("XML"))
        #expect(message("12:00:01.5 IP a > b: Flags [S]").contains("it is text"))
        #expect(message("CLIENT_RANDOM 0011 2233").contains("--keys"))
        #expect(
            message([0, 1, 2, 3, 0xFE, 5, 6, 7, 8, 9]) == "x: is not a pcap, pcapng or snoop file: it begins with 00 01 02 03 fe 05 06 07")
        #expect(message(CaptureFileBuilder.gzip(Array("hello".utf8))).contains("inside the gzip data it is text"))
        #expect(message(CaptureFileBuilder.gzip(CaptureFileBuilder.gzip([1]))).contains("compressed once more, with gzip"))
        #expect(Reading(Array("hello".utf8)).error?.kind == .notACapture)
    }
}
