import System
import TestSupport
import Testing

@Suite("Descriptors")
struct DescriptorTests {
    @Test("what is written is read back, in order and from any place on")
    func readBack() throws {
        let file = try #require(UnnamedFile())
        let isAppended = file.append(Array("0123456789".utf8).span)
        #expect(isAppended)
        let written = file.descriptor.write(Array("ab".utf8).span, at: 4)
        #expect(written)
        var room = [UInt8](repeating: 0, count: 20)
        let count = unsafe room.withUnsafeMutableBytes { unsafe file.descriptor.readAll(into: $0, at: 2) }
        #expect(String(decoding: room[..<count], as: UTF8.self) == "23ab6789")
        #expect(FileStatus(of: file.descriptor)?.byteCount == 10)
        file.descriptor.truncate(to: 3)
        #expect(FileStatus(of: file.descriptor)?.byteCount == 3)
    }

    @Test("a pipe is readable from the ring until it is answered, however often it is rung")
    func rings() throws {
        let pipe = try WakePipe()
        #expect(pipe.descriptor.wait(for: .reading, milliseconds: 0) == false)
        for _ in 0..<100_000 { pipe.ring() }
        #expect(pipe.descriptor.wait(for: .reading, milliseconds: 0) == true)
        pipe.answer()
        #expect(pipe.descriptor.wait(for: .reading, milliseconds: 0) == false)
    }

    @Test("waiting for several, those that are ready are known, and none is passed over")
    func several() throws {
        let (quiet, rung) = (try WakePipe(), try WakePipe())
        rung.ring()
        var items = [Awaited(.none), Awaited(quiet.descriptor), Awaited(rung.descriptor)]
        items.wait(milliseconds: 1_000)
        #expect(items.map(\.isReady) == [false, false, true])
    }

    @Test("what is not there is missing, in the words of the system")
    func missing() throws {
        let folder = TemporaryFolder()
        let error = #expect(throws: SystemError.self) { _ = try Descriptor.reading("\(folder.path)/none") }
        #expect(error?.isMissing == true)
        #expect(error?.words == "No such file or directory")
    }

    @Test("two names of a file are the same file, and a link is looked at or followed")
    func status() throws {
        let folder = TemporaryFolder()
        let file = try OutputPath.createFile("\(folder.path)/file", .isRefused)
        defer { file.close() }
        let (one, other) = (try #require(FileStatus(of: file)), try #require(FileStatus(ofPath: "\(folder.path)/file")))
        #expect(one.isSameFile(as: other))
        #expect(one.kind == .regular)
        #expect(FileStatus(ofPath: folder.path)?.kind == .directory)
        #expect(FileStatus(ofPath: "\(folder.path)/none") == nil)
    }

    @Test("bytes are found wherever they stand, and not where they are cut off")
    func search() {
        let text = Array("abcabcabd".utf8)
        let (isFound, isNothingFound) = (text.span.contains(Array("abd".utf8)), text.span.contains([]))
        #expect(isFound && isNothingFound)
        let isCutOff = text.span.contains(Array("bdd".utf8))
        #expect(!isCutOff)
    }
}
