import Bytes

@testable import Jobs

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What came of scripts that were run side by side.
struct Run: Equatable {
    var output = ""
    var remarks = ""
    var endings: [Ending] = []
    var outcome = SideBySide.Outcome.done
    /// Output and remarks as they came.
    var record: [String] = []

    /// - Parameters:
    ///   - scripts: for the shell; `-` is a program that is not there.
    ///   - count: bytes after which no more is wanted.
    init(
        _ scripts: [String], atATime running: Int = 8, waiting: Int = 1 << 30, hasFile: Bool = true, stopsAfter count: Int = .max,
        writesTo pipe: Int32 = -1, isInterruptedWhenWritten: Bool = false, records: Bool = false, whenWritten: @escaping () -> Void = {}
    ) throws {
        let file = try TemporaryFile()
        var options = SideBySide.Options()
        options.runningCount = running
        options.waitingByteCount = waiting
        options.pipe = pipe
        var jobs = SideBySide(count: scripts.count, options) {
            hasFile ? file.descriptor : nil
        } program: { number in
            Program(
                path: scripts[number] == "-" ? "/no/such/program" : "/bin/sh", arguments: ["sh", "-c", scripts[number]],
                environment: ["PATH=/usr/bin:/bin"])
        }
        var outlet = Collected(limit: count, stopsWhenWritten: isInterruptedWhenWritten, whenWritten: whenWritten)
        outcome = jobs.run(into: &outlet)
        output = String(decoding: outlet.output, as: UTF8.self)
        remarks = String(decoding: outlet.remarks, as: UTF8.self)
        endings = outlet.endings
        if records { record = outlet.record }
    }
}

private struct Collected: Outlet {
    var output: [UInt8] = []
    var remarks: [UInt8] = []
    var endings: [Ending] = []
    var record: [String] = []
    let limit: Int
    let stopsWhenWritten: Bool
    var whenWritten: () -> Void
    var isInterrupted = false

    init(limit: Int, stopsWhenWritten: Bool, whenWritten: @escaping () -> Void) {
        self.limit = limit
        self.stopsWhenWritten = stopsWhenWritten
        self.whenWritten = whenWritten
    }

    mutating func write(_ buffer: inout ByteBuffer) -> Bool {
        let bytes = take(&buffer)
        output += bytes
        record.append(String(decoding: bytes, as: UTF8.self))
        whenWritten()
        whenWritten = {}
        if stopsWhenWritten { isInterrupted = true }
        return output.count < limit
    }

    mutating func remark(_ buffer: inout ByteBuffer) {
        let bytes = take(&buffer)
        remarks += bytes
        record.append(String(decoding: bytes, as: UTF8.self))
    }

    mutating func ended(_ job: Int, _ ending: Ending) {
        precondition(job == endings.count, "out of turn")
        endings.append(ending)
    }

    private func take(_ buffer: inout ByteBuffer) -> [UInt8] {
        defer { buffer.removeAll() }
        return unsafe buffer.span.withUnsafeBufferPointer { unsafe Array($0) }
    }
}

/// A named pipe at which a script waits: `read x < path`.
final class Gate {
    let path: String
    private let folder: String

    init() throws {
        var name = Array("/tmp/wsray-test-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&name) != nil else { throw TemporaryFile.Failure() }
        folder = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = folder + "/gate"
        guard unsafe mkfifo(path, 0o600) == 0 else { throw TemporaryFile.Failure() }
    }

    deinit {
        unsafe unlink(path)
        unsafe rmdir(folder)
    }

    /// Lets the script go on that waits, or will.
    func open() {
        let descriptor = systemOpen(path, O_RDWR)
        _ = unsafe write(descriptor, "go\n", 3)
        // Closed only with the program, since what was written would go with the last who has it open.
    }
}

private func systemOpen(_ path: String, _ flags: Int32) -> Int32 { unsafe open(path, flags) }
