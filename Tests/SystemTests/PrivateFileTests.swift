import System
import Testing

@Suite struct PrivateFileTests {
    static func write(_ text: String, to path: String) throws {
        let descriptor = try OutputPath.createFile(path, .isEmptied)
        try descriptor.write(Array(text.utf8).span)
        descriptor.close()
    }

    @Test("what others add is read once, and gone after wiping")
    func reading() throws {
        let folder = try Directory.makeTemporary(in: "/tmp", prefix: "wsray-test-")
        defer { Directory.remove(folder) }
        let file = try PrivateFile("\(folder)/keys.log")
        var read: [UInt8] = []
        func readOn() -> Bool {
            file.readOn { bytes in for index in bytes.indices { read.append(bytes[index]) } }
        }
        #expect(!readOn())
        try Self.write("one\n", to: file.path)
        #expect(readOn())
        #expect(!readOn())
        #expect(read == Array("one\n".utf8))
        file.wipe()
        #expect(Directory.content(ofFile: file.path) == [])
    }

    @Test("a directory of its own is removed with its files")
    func directories() throws {
        let folder = try Directory.makeTemporary(in: "/tmp", prefix: "wsray-test-")
        let other = try Directory.makeTemporary(in: "/tmp", prefix: "wsray-test-")
        defer { Directory.remove(other) }
        #expect(folder != other)
        try Self.write("x", to: "\(folder)/a")
        #expect(Directory.names(in: folder) == ["a"])
        Directory.remove(folder)
        #expect(!FileStatus.isThere(folder))
    }

    @Test("where no directory can be made, that is an error")
    func refused() { #expect(throws: SystemError.self) { try Directory.makeTemporary(in: "/no/such", prefix: "x") } }
}

@Suite struct ChildProcessTests {
    static func child(_ words: [String], path: String = "/usr/bin:/bin") -> ChildProcess {
        ChildProcess(words, environment: ["PATH=\(path)"], output: .standardError, inherited: [])
    }

    @Test("a command that is not there, or cannot be run, has the status that shells have for that")
    func failures() {
        func status(_ words: [String]) -> Int32? {
            do throws(ChildProcess.Failure) { _ = try Self.child(words).start() } catch { return error.status }
            return nil
        }
        #expect(status(["wsray-no-such-command"]) == 127)
        #expect(status(["/no/such/command"]) == 127)
        #expect(status(["/etc/passwd"]) == 126)
    }

    @Test("statuses of wait(2) become those of a shell")
    func statuses() {
        let (exited, killed): (Int32, Int32) = (7 << 8, 9)
        #expect(exited.exitStatusOfShell == 7 && killed.exitStatusOfShell == 137)
    }
}
