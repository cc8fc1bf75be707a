#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A program that answers each line on its standard input with a line on its standard output.
package final class CompanionProcess {
    /// Why there is no answer.
    package enum Failure: Error, Equatable {
        /// It did not answer in time.
        case late
        /// What it says has no end of line.
        case tooLong
        /// It has ended, or closed its output.
        case gone
    }

    private let process: Int32
    private let input: Descriptor
    private let output: Descriptor
    private var received: [UInt8] = []
    private var room = [UInt8](repeating: 0, count: 16 << 10)
    private var hasEnded = false

    /// Starts it by the shell.
    package init(_ command: String, environment: [String]) throws(ChildProcess.Failure) {
        var (toChild, fromChild): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
        guard unsafe pipe(&toChild) == 0, unsafe pipe(&fromChild) == 0 else {
            throw ChildProcess.Failure(text: "opening a pipe failed", status: 126)
        }
        defer {
            close(toChild[0])
            close(fromChild[1])
        }
        let child = ChildProcess(
            ["/bin/sh", "-c", command], environment: environment, input: Descriptor(toChild[0]), output: Descriptor(fromChild[1]),
            inherited: [])
        input = Descriptor(toChild[1])
        output = Descriptor(fromChild[0])
        process = try child.start()
        // It may take nothing more, and then nobody waits for that in vain.
        _ = fcntl(toChild[1], F_SETFL, O_NONBLOCK)
        Signal.brokenPipe.ignore()
    }

    /// Sends a line, whose end is added, and waits for the one that answers it.
    /// - Parameters:
    ///   - milliseconds: for both together.
    ///   - limit: bytes of an answer.
    package func answer(to line: Span<UInt8>, milliseconds: Int64, limit: Int) throws(Failure) -> [UInt8] {
        let end = SystemClock.milliseconds + milliseconds
        try send(line.copiedLine(), until: end)
        var searched = 0
        while true {
            if let newline = received[searched...].firstIndex(of: 0x0A) {
                let answer = Array(received[..<newline])
                received.removeFirst(newline + 1)
                return answer
            }
            searched = received.count
            guard received.count <= limit else { throw .tooLong }
            try wait(on: output, .reading, until: end)
            let count: Int
            do throws(SystemError) { count = try output.read(into: &room) } catch { throw .gone }
            guard count > 0 else { throw .gone }
            received += room[..<count]
        }
    }

    private func send(_ bytes: [UInt8], until end: Int64) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(input.number, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                try wait(on: input, .writing, until: end)
            } else if errno != EINTR {
                throw .gone
            }
        }
    }

    private func wait(on descriptor: Descriptor, _ event: Awaited.Event, until end: Int64) throws(Failure) {
        while true {
            let left = end - SystemClock.milliseconds
            guard left > 0 else { throw .late }
            if descriptor.wait(for: event, milliseconds: Int32(clamping: left)) == true { return }
        }
    }

    /// Closes its input, gives it a moment to end, and ends it if it does not; its exit status as a shell says it.
    @discardableResult
    package func finish() -> Int32? {
        guard !hasEnded else { return nil }
        hasEnded = true
        input.close()
        output.close()
        var status: Int32 = 0
        for wait: UInt32 in [0, 20, 100, 300] {
            if wait > 0 { SystemClock.sleep(microseconds: wait * 1_000) }
            let ended = unsafe waitpid(process, &status, WNOHANG)
            if ended == process { return status.exitStatusOfShell }
            // Somebody else has waited for it, and the number may be another process's.
            if ended < 0 { return nil }
        }
        kill(process, SIGKILL)
        return unsafe waitpid(process, &status, 0) == process ? status.exitStatusOfShell : nil
    }

    deinit { finish() }
}

extension Span where Element == UInt8 {
    fileprivate func copiedLine() -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(count + 1)
        for index in 0..<count { line.append(self[index]) }
        line.append(0x0A)
        return line
    }
}
