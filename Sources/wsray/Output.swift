import ArgumentParser
import Bytes
import Jobs
import Reports
import System
import Text

/// Standard output as the reports see it: bytes in, everything out or a clean end.
enum Output {
    /// Output is written when this much has gathered, or when the input may make us wait.
    static let flushByteCount = 64 << 10

    static var isTerminal: Bool { Descriptor.standardOutput.isTerminal }
    static var isInputTerminal: Bool { Descriptor.standardInput.isTerminal }

    /// Columns of the terminal, nil when the output is none.
    static var columns: Int? { columns(of: .standardOutput) }

    private static func columns(of descriptor: Descriptor) -> Int? {
        guard descriptor.isTerminal else { return nil }
        if let size = descriptor.windowSize { return size.columns }
        return CurrentProcess.environment("COLUMNS").flatMap { Int($0) } ?? 80
    }

    /// Fewest columns that lines of prose are broken for.
    private static let leastProseWidth = 20
    /// Columns that a line of prose may take on the terminal, nil when the output is none.
    static var proseWidth: Int? { columns.map { max($0, leastProseWidth) } }

    enum Failure: Error {
        /// The reader went away; that is its right.
        case closed
        case system(String)
    }

    /// Writes all of `buffer` and empties it.
    static func flush(_ buffer: inout ByteBuffer) throws(Failure) {
        if let job = FileJob.current { return try job.turns.write(&buffer, of: job.index) }
        try flushDirectly(&buffer)
    }

    static func flushDirectly(_ buffer: inout ByteBuffer) throws(Failure) {
        defer { buffer.removeAll(keepingAtMost: 1 << 20) }
        guard !buffer.isEmpty else { return }
        try ListeningLine.away { () throws(Failure) in try write(buffer.span, to: .standardOutput) }
    }

    /// Writes what there is of an output that is not whole yet. Why that failed, where it did, the next `flush` meets as well.
    @Sendable static func drain(_ buffer: inout ByteBuffer) {
        if buffer.count >= flushByteCount { try? flush(&buffer) }
    }

    /// Writes a whole text, for commands that have nothing else to say; a reader that went away is no error.
    static func write(_ text: consuming ByteBuffer) throws {
        do throws(Failure) {
            Interrupt.install()
            try flush(&text)
        } catch {
            guard case .system(let reason) = error else { return }
            remark(reason)
            throw ExitCode(2)
        }
    }

    private static func write(_ bytes: Span<UInt8>, to descriptor: Descriptor) throws(Failure) {
        do throws(SystemError) {
            try descriptor.write(bytes)
        } catch {
            // The reader went away, or the terminal was closed.
            if error.isBrokenPipe || error.isDeviceFailure && FileStatus(of: descriptor)?.kind == .characterDevice { throw .closed }
            throw .system("writing failed: \(error.words)")
        }
    }

    /// Refuses to write a file that is read from.
    static func refuse(_ path: String, readingFrom inputs: [String]) throws {
        guard let target = HeldFiles.status(of: path) else { return }
        for source in inputs.compactMap(HeldFiles.status) where source.isSameFile(as: target) {
            throw ValidationError("\(path) is an input file. Choose another with -o.")
        }
    }

    /// A remark for the person at the terminal, beside the output proper.
    static func remark(_ text: String) {
        let job = FileJob.current
        var start = "wsray: "
        // A file that is read side by side with others is named; most of what there is to say of one names it already.
        if let file = job?.file, !text.hasPrefix("\(file): ") { start += "\(file): " }
        let width = columns(of: .standardError).map { max($0, leastProseWidth) }
        var line = ByteBuffer()
        // Some of it comes from files, names of theirs included; they are made safe.
        for words in (start + text).split(separator: "\n", omittingEmptySubsequences: false) {
            var row = WrappedLine(Palette(), width: width)
            row.add(String(words), indent: 0)
            row.end(in: &line)
        }
        if let job { job.turns.remark(&line, of: job.index) } else { remarkDirectly(&line) }
    }

    static func remarkDirectly(_ remarks: inout ByteBuffer) {
        ListeningLine.away { try? write(remarks.span, to: .standardError) }
        remarks.removeAll(keepingAtMost: 1 << 16)
    }
}
