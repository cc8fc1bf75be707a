import Bytes
import System

/// Lets jobs of several threads write in the order of their numbers, which begin at 0.
///
/// The job in turn writes to the outlet itself, as if it were alone. Output of the others waits in memory and then in a file, up to a limit; beyond
/// it they wait themselves.
public final class Turns<Out: Outlet>: @unchecked Sendable {
    private let outlet: Out
    private let count: Int
    /// Guards what follows.
    private let monitor = Monitor()
    private var startedCount = 0
    private var turn = 0
    private var waiting: WaitingBytes
    private var queues: [WaitingBytes.Queue]
    private var remarks: [[UInt8]]
    private var statuses: [Int32?]
    /// Nothing more is wanted: the outlet failed, or an interrupt came.
    private var isStopped = false
    private var hasFailed = false

    /// Bytes of remarks that may wait for a turn; with more of them, their job does.
    private static var remarksLimit: Int { 1 << 20 }

    /// - Parameters:
    ///   - limit: bytes of output that may wait.
    ///   - memory: bytes of those that are kept in memory.
    ///   - openWaitingFile: an empty file for them, asked for when the first has to wait; it stays its maker's. nil where none can be had.
    package init(count: Int, limit: Int, memory: Int, outlet: Out, openWaitingFile: @escaping () -> Descriptor?) {
        self.count = count
        self.outlet = outlet
        waiting = WaitingBytes(limit: limit, memory: memory, open: openWaitingFile)
        queues = [WaitingBytes.Queue](repeating: WaitingBytes.Queue(), count: count)
        remarks = [[UInt8]](repeating: [], count: count)
        statuses = [Int32?](repeating: nil, count: count)
    }

    // MARK: Jobs

    /// The number of a job that nobody has begun; nil when there is none to begin any more.
    public func next() -> Int? {
        monitor.lock()
        defer { monitor.unlock() }
        guard !isStopped, !outlet.isInterrupted, startedCount < count else { return nil }
        startedCount += 1
        return startedCount - 1
    }

    /// Notes the end of a job, and lets the next one have its turn.
    public func end(_ job: Int, status: Int32) {
        monitor.lock()
        statuses[job] = status
        let isInTurn = turn == job
        monitor.unlock()
        guard isInTurn else { return }
        var current = job
        repeat {
            do throws(Out.Failure) { try handOnWaiting(of: current) } catch { return }
        } while pass(on: &current)
    }

    /// Gives the turn to the next job; true when that one has ended already, and what it left is to be handed on for it.
    private func pass(on job: inout Int) -> Bool {
        monitor.lock()
        defer { monitor.unlock() }
        if outlet.isInterrupted { isStopped = true }
        monitor.changed()
        guard !isStopped else { return false }
        turn += 1
        job = turn
        return turn < count && statuses[turn] != nil
    }

    /// Statuses of the jobs whose output was handed on, in order, and whether the outlet failed; to be asked for at the end.
    public var outcome: (statuses: [Int32], hasFailed: Bool) {
        monitor.lock()
        defer { monitor.unlock() }
        return (statuses.prefix(turn + 1).compactMap { $0 }, hasFailed)
    }

    // MARK: Output

    /// Takes output of a job, and empties the buffer. Where there is no room for it, it comes back only when there is.
    public func write(_ output: inout ByteBuffer, of job: Int) throws(Out.Failure) {
        let isTurn = try isTurn(of: job) {
            let taken = waiting.append(output.span, to: &queues[job])
            output.removeFirst(taken)
            return output.isEmpty
        }
        guard isTurn else { return }
        try handOnWaiting(of: job)
        try handOn(&output)
    }

    /// Takes what a job remarks beside its output, and empties the buffer.
    public func remark(_ text: inout ByteBuffer, of job: Int) {
        do throws(Out.Failure) {
            let isTurn = try isTurn(of: job) {
                guard remarks[job].count < Self.remarksLimit else { return false }
                for place in text.span.indices { remarks[job].append(text.span[place]) }
                return true
            }
            guard isTurn else { return }
            try handOnWaiting(of: job)
            outlet.remark(&text)
        } catch {
            // Nobody is there to read it.
        }
    }

    /// Waits until it is a job's turn, or until something else could be done.
    /// - Parameter isDone: tried before each wait.
    private func isTurn(of job: Int, or isDone: () -> Bool) throws(Out.Failure) -> Bool {
        monitor.lock()
        defer { monitor.unlock() }
        while !isStopped {
            if turn == job { return true }
            if outlet.isInterrupted { break }
            if isDone() { return false }
            monitor.wait()
        }
        throw Out.closed
    }

    /// Hands on what waited of the job in turn.
    private func handOnWaiting(of job: Int) throws(Out.Failure) {
        var chunk = ByteBuffer()
        while try takeWaiting(of: job, into: &chunk) { try handOn(&chunk) }
        if !chunk.isEmpty { outlet.remark(&chunk) }
    }

    /// Takes a part of what a job left to wait; false when that was all, and what comes is its remarks.
    private func takeWaiting(of job: Int, into chunk: inout ByteBuffer) throws(Out.Failure) -> Bool {
        monitor.lock()
        defer { monitor.unlock() }
        guard queues[job].isEmpty else {
            guard waiting.takeFirst(of: &queues[job], into: &chunk) else { throw stop(Out.lost) }
            monitor.changed()
            return true
        }
        let text = remarks[job]
        chunk.append(text.span)
        remarks[job] = []
        return false
    }

    private func handOn(_ output: inout ByteBuffer) throws(Out.Failure) {
        do throws(Out.Failure) {
            try outlet.write(&output)
        } catch {
            monitor.lock()
            defer { monitor.unlock() }
            throw stop(error)
        }
    }

    private func stop(_ failure: Out.Failure) -> Out.Failure {
        isStopped = true
        hasFailed = true
        monitor.changed()
        return failure
    }
}
