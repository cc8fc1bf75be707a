import Bytes
import Recordings
import System
import Testing

/// A zip archive of stored files (APPNOTE.TXT 6.3.10).
private func zip(_ files: [(name: String, content: String)]) -> [UInt8] {
    func numbers(_ values: (UInt32, Int)...) -> [UInt8] {
        values.flatMap { value, count in (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) } }
    }
    var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
    for (name, content) in files {
        let (offset, size, nameSize) = (UInt32(bytes.count), UInt32(content.utf8.count), UInt32(name.utf8.count))
        bytes += numbers((0x0403_4B50, 4), (20, 2), (0, 2), (0, 2), (0, 4), (0, 4), (size, 4), (size, 4), (nameSize, 2), (0, 2))
        bytes += Array(name.utf8) + Array(content.utf8)
        directory += numbers(
            (0x0201_4B50, 4), (20, 2), (20, 2), (0, 2), (0, 2), (0, 4), (0, 4), (size, 4), (size, 4), (nameSize, 2), (0, 2))
        directory += numbers((0, 2), (0, 2), (0, 2), (0, 4), (offset, 4)) + Array(name.utf8)
    }
    let count = UInt32(files.count)
    let end = numbers(
        (0x0605_4B50, 4), (0, 2), (0, 2), (count, 2), (count, 2), (UInt32(directory.count), 4), (UInt32(bytes.count), 4), (0, 2))
    return bytes + directory + end
}

@Suite("Archives of recordings")
struct RecordedArchiveTests {
    private let line = #"{"type":"send","time":2,"opcode":1,"data":"\#(String(repeating: "a", count: 4_000))"}"#

    /// A trace with so many connections that name the same file of messages; how many of these were read, and the error.
    private func messages(_ count: Int) throws -> (count: UInt64, error: RecordingError?) {
        let entry =
            #"{"snapshot":{"request":{"url":"ws://h/"},"response":{"status":101,"content":{"_file":"m.jsonl"}}}}"# + "\n"
        let file = try #require(UnnamedFile())
        let archive = zip([("trace.network", String(repeating: entry, count: count)), ("resources/m.jsonl", line)])
        let isWritten = file.append(archive.span)
        #expect(isWritten)
        var reader = try RecordingReader(RecordedArchive(ZipArchive(try Descriptor.reading(file.path), isOwned: true)))
        do throws(RecordingError) {
            while try reader.next() != nil {}
        } catch { return (reader.facts.messageCount, error) }
        return (reader.facts.messageCount, nil)
    }

    @Test("Connections that had the same messages share a file")
    func sharedFile() throws {
        let read = try messages(12)
        #expect(read.count == 12 && read.error == nil)
    }

    @Test("A file that is named again and again is read only as often as the size of the archive allows")
    func repeatedFile() throws {
        let read = try messages(1_000)
        #expect(read.error?.kind == .malformed && read.error?.text.contains("named many times") == true)
        #expect(read.count > 10 && read.count < 200)
    }
}
