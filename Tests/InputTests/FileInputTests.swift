import Capture
import Input
import System
import TestSupport
import Testing

@Suite("Files as an input")
struct FileInputTests {
    private let folder = TemporaryFolder()

    private func file(_ name: String, _ bytes: [UInt8]) throws -> InputFile {
        let path = "\(folder.path)/\(name)"
        let file = try OutputPath.createFile(path, .isRefused)
        defer { file.close() }
        try file.write(bytes.span)
        return InputFile(path)
    }

    private static func packets(_ count: Int, from second: UInt64) -> [CaptureFileBuilder.Packet] {
        (0..<count).map { CaptureFileBuilder.Packet([UInt8](repeating: 0, count: 60), at: (second + UInt64($0)) * 1_000_000_000) }
    }

    private func pcap(_ name: String, _ count: Int, from second: UInt64) throws -> InputFile {
        try file(name, CaptureFileBuilder.pcap(Self.packets(count, from: second)))
    }

    /// What is told of files.
    private func read(
        _ files: [InputFile], filter: String? = nil, _ change: (inout Recorder) -> Void = { _ in }
    ) throws -> (lines: [String], essence: [String], remarks: [String]) {
        var recorder = Recorder()
        change(&recorder)
        var compiled: PacketFilter?
        if let filter { compiled = try PacketFilter(filter) }
        var input = FileInput(files, filter: compiled)
        do throws(Recorder.Refused) { try input.run(into: &recorder) } catch {}
        return (recorder.lines, recorder.essence, recorder.remarks)
    }

    @Test("packets are numbered through the files, and a file that goes on after the one before begins nothing anew")
    func numbers() throws {
        let files = [try pcap("a", 2, from: 10), try pcap("b", 1, from: 20)]
        #expect(
            try read(files).essence == [
                "begin a from 1", "interface without a name", "packet 1", "packet 2", "end",
                "begin b from 3", "interface without a name", "packet 3", "end",
            ])
    }

    @Test("a file that begins no later than the one before is a capture of its own")
    func anew() throws {
        let files = [try pcap("a", 2, from: 10), try pcap("b", 1, from: 10)]
        #expect(try read(files).essence.suffix(5) == ["begin b from 3", "anew", "interface without a name", "packet 3", "end"])
    }

    /// Whether a file whose packets begin at this second is another capture than one with a packet each second from 1,000 on.
    private func isAnew(after count: Int, from second: UInt64) throws -> Bool {
        let files = [try pcap("a\(count) \(second)", count, from: 1_000), try pcap("b\(count) \(second)", 1, from: second)]
        return try read(files).essence.contains("anew")
    }

    @Test("a file that begins before the one before ended is another capture, unless that was only written a little out of order")
    func overlapping() throws {
        #expect(try isAnew(after: 10, from: 1_005))
        #expect(try !isAnew(after: 10, from: 1_008))
    }

    @Test("a file that begins long after the one before ended is another capture: ten minutes, or as long as that lasted")
    func longAfter() throws {
        #expect(try !isAnew(after: 10, from: 1_609))
        #expect(try isAnew(after: 10, from: 1_610))
        #expect(try !isAnew(after: 1_001, from: 3_000))
        #expect(try isAnew(after: 1_001, from: 3_001))
    }

    @Test("a packet that the filter rejects is handed over as one that counts")
    func filter() throws {
        let files = [try pcap("a", 2, from: 10)]
        #expect(
            try read(files, filter: "tcp").essence.filter { $0.hasPrefix("packet") } == ["packet 1 filtered out", "packet 2 filtered out"])
    }

    @Test("before a read that may wait there is a pause, and after it nothing more where nothing is wanted")
    func pauses() throws {
        let files = [try pcap("a", 3, from: 10), try pcap("b", 1, from: 20)]
        // A packet may be at hand already when a file was opened.
        let lines = try read(files).lines
        #expect(lines.filter { $0 == "pause" }.count >= 2)
        #expect(try read(files, { $0.pauses = 1 }).essence.last == "end")
        #expect(try !read(files, { $0.pauses = 1 }).essence.contains("begin b from 4"))
    }

    @Test("checkpoints come before the first packet of a file and before every so many")
    func checkpoints() throws {
        let lines = try read([try pcap("a", 5, from: 10)]).lines.filter { !$0.hasPrefix("pause") }
        #expect(
            lines.filter { !$0.hasPrefix("interface") }.dropFirst() == [
                "checkpoint 1", "packet 1", "packet 2", "checkpoint 3", "packet 3", "packet 4", "checkpoint 5", "packet 5", "end",
            ])
    }

    @Test("interfaces, secrets and losses come where they stand among the packets")
    func notes() throws {
        let blocks = PcapngBlocks()
        let bytes = [UInt8](repeating: 0, count: 60)
        func statistics(_ dropped: UInt8) -> [UInt8] {
            let option = PcapngBlocks.Option(7, [dropped, 0, 0, 0, 0, 0, 0, 0])
            return blocks.block(5, [0, 0, 0, 0] + [UInt8](repeating: 0, count: 8), options: [option])
        }
        let file = try file(
            "notes.pcapng",
            blocks.section() + blocks.interface(options: [.name("one")]) + blocks.packet(.init(bytes)) + statistics(3)
                + blocks.secrets(Array("keys".utf8)) + blocks.interface(options: [.name("two")]) + blocks.packet(.init(bytes))
                + statistics(5))
        #expect(
            try read([file]).essence == [
                "begin notes.pcapng from 1", "interface one", "packet 1", "interface two", "secrets keys", "lost 3", "packet 2", "lost 2",
                "end",
            ])
    }

    @Test("what breaks off ends with an error, and the next file is read")
    func broken() throws {
        let whole = CaptureFileBuilder.pcap(Self.packets(2, from: 10))
        let files = [try file("a", Array(whole.dropLast())), InputFile("\(folder.path)/none"), try pcap("b", 1, from: 20)]
        #expect(
            try read(files).essence.filter { !$0.hasPrefix("interface") } == [
                "begin a from 1", "packet 1", "end: brokenOff", "begin none from 2", "end: noInput", "begin b from 2", "packet 2", "end",
            ])
    }

    @Test("no packet is handed over when there are enough, nor after one that is refused, and a file that was begun ends")
    func enough() throws {
        let files = [try pcap("a", 3, from: 10), try pcap("b", 1, from: 20)]
        #expect(try read(files, { $0.enough = 2 }).essence.suffix(3) == ["packet 1", "packet 2", "end"])
        #expect(try read(files, { $0.refusal = 1 }).essence.suffix(2) == ["packet 1", "end"])
    }

    @Test("a copy that is being written is read up to a number, with numbers of its own")
    func part() throws {
        var part = try pcap("a", 5, from: 10)
        part.firstPacket = 101
        part.endNumber = 103
        #expect(try read([part]).essence.filter { $0.hasPrefix("packet") } == ["packet 101", "packet 102"])
        part.endNumber = 101
        #expect(try read([part]).essence == ["begin a from 101", "end"])
    }

    @Test("a compressed file is known to be one")
    func compressed() throws {
        let file = try file("a.gz", CaptureFileBuilder.gzip(CaptureFileBuilder.pcap(Self.packets(1, from: 10))))
        #expect(try read([file]).essence.contains("compressed"))
    }
}
