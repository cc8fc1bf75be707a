import System
import TestSupport
import Testing

@testable import Capture

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct HeldFilesTests {
    private func write(_ text: String, to path: String) throws {
        let file = try OutputPath.createFile(path, .isRefused)
        defer { file.close() }
        try file.write(Array(text.utf8).span)
    }

    @Test("what root held open is read from its beginning each time, side by side, although it is not there any more")
    func heldFiles() throws {
        let folder = TemporaryFolder()
        let (path, none) = ("\(folder.path)/held", "\(folder.path)/none")
        try write("0123456789", to: path)
        HeldFiles.open([path, none, folder.path, "-"])
        unsafe unlink(path)
        #expect(HeldFiles.status(of: path)?.byteCount == 10)
        #expect(HeldFiles.descriptor(of: folder.path) == nil)
        var one = try ByteSource(path: path)
        var other = try ByteSource(path: path)
        var later = try ByteSource(path: path, at: 7)
        func next(_ source: inout ByteSource) throws -> String {
            var room = [UInt8](repeating: 0, count: 6)
            let count = try unsafe room.withUnsafeMutableBytes { try unsafe source.read(into: $0) }
            return String(decoding: room[..<count], as: UTF8.self)
        }
        #expect(try next(&one) == "012345")
        #expect(try next(&other) == "012345")
        #expect(try next(&later) == "789")
        #expect(try next(&one) == "6789")
        #expect(try next(&one) == "")
        try write("made later", to: none)
        #expect(throws: CaptureError(.noInput, "\(none): No such file or directory")) { _ = try ByteSource(path: none) }
    }

    @Test("a pipe is not opened, since what is written into it would be lost")
    func pipes() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/pipe"
        #expect(unsafe mkfifo(path, 0o600) == 0)
        let held = try Descriptor.reading(path, waits: false)
        defer { held.close() }
        // Its writer, which would get a signal if all readers went away.
        let writer = unsafe open(path, O_WRONLY | O_NONBLOCK)
        defer { close(writer) }
        HeldFiles.open([path])
        #expect(HeldFiles.descriptor(of: path) == nil)
        #expect(HeldFiles.failure(of: path) == nil)
    }
}
