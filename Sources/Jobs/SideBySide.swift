import Bytes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs jobs side by side, and hands on what they write in the order of their numbers, which begin at 0.
///
/// Output of the job that is in turn goes on as it comes. That of the others waits in a file, up to a limit; beyond it they
/// are not read, and so wait themselves.
public struct SideBySide: ~Copyable {
    public struct Options: Sendable {
        /// Jobs that run at a time.
        public var runningCount = 1
        /// Bytes of output that may wait for their turn.
        public var waitingByteCount = 4 << 30
        /// Readable when an interrupt came; -1 for none.
        public var bell: Int32 = -1
        /// The pipe that the outlet writes to, to notice at once when its reader goes away; -1 for none.
        public var pipe: Int32 = -1

        public init() {}
    }

    public enum Outcome: Equatable, Sendable {
        case done
        /// The outlet wanted no more.
        case closed
        /// What had waited could not be read.
        case lost
    }

    private let options: Options
    private let program: (Int) -> Program
    private var count: Int
    private var startedCount = 0
    /// The job whose output goes on.
    private var turn = 0
    /// Those from `turn` on that were started.
    private var jobs: [Int: Job] = [:]
    private var running: [Job] = []
    private var isInterrupted = false
    private var waiting: WaitingBytes

    /// Bytes read at a time, and how often before others are looked at: together what a pipe holds.
    private static let chunkByteCount = WaitingBytes.blockByteCount
    private static let chunkCount = 16

    /// - Parameters:
    ///   - openWaitingFile: an empty file for output that waits, which stays its maker's; nil where none can be had.
    ///   - program: what to run for the job of this number.
    public init(count: Int, _ options: Options, openWaitingFile: @escaping () -> Int32?, program: @escaping (Int) -> Program) {
        self.count = count
        self.options = options
        self.program = program
        waiting = WaitingBytes(limit: options.waitingByteCount, open: openWaitingFile)
    }

    /// Runs all of them to their end.
    public mutating func run(into outlet: inout some Outlet & ~Copyable) -> Outcome {
        // Where it is ignored, nobody would learn of an end.
        _ = signal(SIGCHLD, SIG_DFL)
        var outcome = Outcome.done
        while outcome == .done {
            if !isInterrupted, outlet.isInterrupted { interrupt() }
            start()
            guard let job = jobs[turn] else { break }
            outcome = waitForNews(of: job) ? hand(on: job, to: &outlet) : .closed
            for job in running { job.settle() }
            running.removeAll { $0.ending != nil }
            advance(&outlet)
        }
        for job in running { kill(job) }
        return outcome
    }

    // MARK: Beginning and end

    private mutating func start() {
        while running.count < options.runningCount, startedCount < count {
            let job: Job
            do throws(Process.Failure) {
                job = Job(startedCount, try Process(program(startedCount)))
                running.append(job)
            } catch {
                // There may be room when another has ended.
                if error.isPassing, !running.isEmpty { return }
                job = Job(startedCount, nil, .notStarted(error.reason))
            }
            jobs[startedCount] = job
            startedCount += 1
        }
    }

    /// Lets the job in turn come to an end; the others were never heard of, and never will be.
    private mutating func interrupt() {
        isInterrupted = true
        count = min(count, startedCount, turn + 1)
        for job in running {
            if job.number == turn { job.process?.send(SIGTERM) } else { kill(job) }
        }
        running.removeAll { $0.number != turn }
        jobs = jobs.filter { $0.key == turn }
    }

    private func kill(_ job: Job) {
        job.process?.send(SIGKILL)
        _ = job.process.take()?.end()
    }

    private mutating func advance(_ outlet: inout some Outlet & ~Copyable) {
        while let job = jobs[turn], let ending = job.ending, !job.hasWaiting {
            outlet.ended(turn, ending)
            jobs[turn] = nil
            turn += 1
        }
    }

    // MARK: Output

    /// Waits until there is something to do, and takes in what comes from those that are not in turn; false when nobody reads
    /// any more what is handed on.
    private mutating func waitForNews(of current: Job) -> Bool {
        var items = [pollfd(fd: options.bell, events: Int16(POLLIN), revents: 0), pollfd(fd: options.pipe, events: 0, revents: 0)]
        let first = items.count
        for job in running {
            items.append(pollfd(fd: isWanted(job) ? job.outputDescriptor : -1, events: Int16(POLLIN), revents: 0))
            items.append(pollfd(fd: job.remarksDescriptor, events: Int16(POLLIN), revents: 0))
        }
        let isReady = current.hasWaiting || current.ending != nil
        guard unsafe poll(&items, nfds_t(items.count), isReady ? 0 : -1) > 0 else { return true }
        for (place, job) in running.enumerated() {
            if items[first + 2 * place + 1].revents != 0 { job.readRemarks() }
            if items[first + 2 * place].revents != 0, !isDirect(job) { hold(job) }
        }
        return items[1].revents == 0
    }

    /// Output of the job goes on without waiting.
    private func isDirect(_ job: Job) -> Bool { job.number == turn && !job.hasWaitingOutput }

    private func isWanted(_ job: Job) -> Bool {
        isDirect(job) || job.stuck.isEmpty && waiting.room(in: job.waiting) > 0
    }

    /// Lets output wait for its turn.
    private mutating func hold(_ job: Job) {
        var chunk = ByteBuffer()
        for _ in 0..<Self.chunkCount {
            let room = min(waiting.room(in: job.waiting), Self.chunkByteCount)
            guard room > 0, job.readOutput(into: &chunk, atMost: room) else { return }
            let taken = waiting.append(chunk.span, to: &job.waiting)
            if taken < chunk.count {
                job.stuck.append(chunk.span.extracting(taken..<chunk.count))
                return
            }
            chunk.removeAll()
        }
    }

    /// Hands on what there is of the job in turn: what waited, then what comes, and remarks behind what was written before them.
    private mutating func hand(on job: Job, to outlet: inout some Outlet & ~Copyable) -> Outcome {
        var chunk = ByteBuffer()
        for _ in 0..<Self.chunkCount {
            if !job.waiting.isEmpty {
                guard waiting.takeFirst(of: &job.waiting, into: &chunk) else { return .lost }
            } else if !job.stuck.isEmpty {
                swap(&chunk, &job.stuck)
                job.stuck.removeAll()
            } else if !job.readOutput(into: &chunk, atMost: Self.chunkByteCount) {
                if !job.remarks.isEmpty { outlet.remark(&job.remarks) }
                return .done
            }
            guard outlet.write(&chunk) else { return .closed }
        }
        return .done
    }
}
