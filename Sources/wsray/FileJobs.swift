import ArgumentParser
import Bytes
import Jobs
import System

/// Files that are read by a thread each, and what they show in the order of the files.
struct FileJobs {
    private let files: [String]
    private let turns: Turns<StandardStreams>

    /// - Parameters:
    ///   - memory: bytes of output that wait in memory before others wait in a file.
    ///   - limit: bytes of output that may wait for their turn.
    init(_ files: [String], memory: Int, limit: Int) {
        self.files = files
        var spool: UnnamedFile?
        turns = Turns(count: files.count, limit: limit, memory: memory, outlet: StandardStreams()) {
            spool = UnnamedFile()
            return spool?.descriptor
        }
    }

    /// Reads them all.
    /// - Parameters:
    ///   - threadCount: how many at a time.
    ///   - closing: what stands behind the output of the last one.
    ///   - read: reads one file, in a thread of its own.
    func run(_ threadCount: Int, closing: String, _ read: (String) throws -> Void) throws {
        Interrupt.install()
        withoutActuallyEscaping(read) { read in
            // Invariant: it changes nothing that is shared, and all threads have ended before it goes out of scope.
            nonisolated(unsafe) let read = read
            let threads = (0..<threadCount).map { _ in Background.run { unsafe work(read, threadCount) } }
            // Where the system has fewer threads left, this one helps.
            if threads.contains(where: { !$0.hasStarted }) { unsafe work(read, threadCount) }
            for thread in threads { thread.join() }
        }
        let (statuses, hasFailed) = turns.outcome
        if !hasFailed {
            var end = ByteBuffer()
            end.append(string: closing)
            try Output.write(end)
        }
        // The first input that could not be read decides, and then what was found.
        if let status = statuses.first(where: { $0 > 1 }) ?? statuses.first(where: { $0 == 1 }) { throw ExitCode(status) }
    }

    private func work(_ read: (String) throws -> Void, _ threadCount: Int) {
        while let index = turns.next() {
            let job = FileJob(index: index, file: files[index], turns: turns, threadCount: threadCount)
            turns.end(index, status: FileJob.$current.withValue(job) { status(of: read, files[index]) })
        }
    }

    private func status(of read: (String) throws -> Void, _ file: String) -> Int32 {
        do {
            try read(file)
            return 0
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            Output.remark("\(error)")
            return 64
        }
    }
}
