import Bytes
import System
import Testing

@testable import Jobs

@Suite("Turns")
struct TurnsTests {
    @Test("come in order, whoever writes first")
    func order() throws {
        let (turns, outlet) = try make(3)
        let jobs = [turns.next(), turns.next(), turns.next(), turns.next()]
        #expect(jobs == [0, 1, 2, nil])
        try write("c", of: 2, turns)
        try write("b", of: 1, turns)
        #expect(outlet.text == "")
        try write("a", of: 0, turns)
        #expect(outlet.text == "a")
        turns.end(2, status: 0)
        try write("a", of: 0, turns)
        turns.end(0, status: 66)
        #expect(outlet.text == "aa")
        try write("b", of: 1, turns)
        #expect(outlet.text == "aabb")
        turns.end(1, status: 1)
        #expect(outlet.text == "aabbc")
        let outcome = turns.outcome
        #expect(outcome.statuses == [66, 1, 0] && !outcome.hasFailed)
    }

    @Test("hand on what waits when a job has nothing new to say")
    func flush() throws {
        let (turns, outlet) = try make(2)
        try write("b", of: 1, turns)
        turns.end(0, status: 0)
        try write("", of: 1, turns)
        #expect(outlet.text == "b")
    }

    @Test("keep remarks behind the output that was written before them")
    func remarks() throws {
        let (turns, outlet) = try make(3)
        try write("c", of: 2, turns)
        remark("C", of: 2, turns)
        turns.end(2, status: 0)
        try write("b", of: 1, turns)
        remark("A", of: 0, turns)
        turns.end(0, status: 0)
        remark("B", of: 1, turns)
        turns.end(1, status: 0)
        #expect(outlet.text == "<A>b<B>c<C>")
    }

    @Test("end with the job that is shown when an interrupt comes")
    func interrupt() throws {
        let (turns, outlet) = try make(4)
        _ = (turns.next(), turns.next())
        try write("b", of: 1, turns)
        turns.end(1, status: 66)
        outlet.state.withLock { $0.isInterrupted = true }
        try write("a", of: 0, turns)
        turns.end(0, status: 0)
        #expect(throws: Collected.Stop.closed) { try write("c", of: 2, turns) }
        let next = turns.next()
        let outcome = turns.outcome
        #expect(outlet.text == "a" && next == nil)
        #expect(outcome.statuses == [0] && !outcome.hasFailed)
    }

    @Test("end when writing fails, and say so to nobody else")
    func failure() throws {
        let (turns, outlet) = try make(3)
        outlet.state.withLock { $0.limit = 2 }
        try write("b", of: 1, turns)
        #expect(throws: Collected.Stop.full) { try write("aaa", of: 0, turns) }
        turns.end(0, status: 2)
        #expect(throws: Collected.Stop.closed) { try write("b", of: 1, turns) }
        remark("B", of: 1, turns)
        turns.end(1, status: 0)
        let next = turns.next()
        let outcome = turns.outcome
        #expect(outlet.text == "" && next == nil)
        #expect(outcome.statuses == [2] && outcome.hasFailed)
    }

    /// Each thread writes more than may wait. Whether it passes does not depend on which of them is faster.
    @Test("make those wait for which there is no room", arguments: [0, WaitingBytes.blockByteCount, 1 << 20, nil], [0, 1 << 17])
    func backPressure(limit: Int?, memory: Int) async throws {
        let (turns, outlet) = try make(20, limit: limit, memory: memory)
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    await onThread {
                        while let job = turns.next() {
                            for _ in 0..<job % 4 { try? write(String(repeating: "\(job % 10)", count: 100_000), of: job, turns) }
                            remark("\(job)", of: job, turns)
                            turns.end(job, status: 0)
                        }
                    }
                }
            }
        }
        let expected = (0..<20).map { String(repeating: "\($0 % 10)", count: $0 % 4 * 100_000) + "<\($0)>" }.joined()
        let isSame = outlet.text == expected
        #expect(isSame)
    }

    // MARK: The parts

    /// - Parameter limit: nil when there is no file for what waits.
    private func make(_ count: Int, limit: Int? = 1 << 20, memory: Int = 0) throws -> (Turns<Collected>, Collected) {
        let outlet = Collected()
        let file = try TemporaryFile()
        return (
            Turns(count: count, limit: limit ?? 0, memory: memory, outlet: outlet) { limit == nil ? nil : Descriptor(file.descriptor) },
            outlet
        )
    }
}

private func write(_ text: String, of job: Int, _ turns: Turns<Collected>) throws {
    var buffer = ByteBuffer()
    buffer.append(string: text)
    try turns.write(&buffer, of: job)
    let isEmpty = buffer.isEmpty
    #expect(isEmpty)
}

private func remark(_ text: String, of job: Int, _ turns: Turns<Collected>) {
    var buffer = ByteBuffer()
    buffer.append(string: "<\(text)>")
    turns.remark(&buffer, of: job)
}

/// Keeps what it is given, up to a limit.
private final class Collected: Outlet {
    enum Stop: Error {
        case closed
        case lost
        case full
    }

    struct State {
        var bytes: [UInt8] = []
        var limit = Int.max
        var isInterrupted = false
    }

    static var closed: Stop { .closed }
    static var lost: Stop { .lost }
    let state = Mutex(State())

    var isInterrupted: Bool { state.withLock { $0.isInterrupted } }
    var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

    func write(_ output: inout ByteBuffer) throws(Stop) {
        let limit = state.withLock { $0.limit }
        guard output.count <= limit else { throw .full }
        take(&output)
    }

    func remark(_ remarks: inout ByteBuffer) { take(&remarks) }

    private func take(_ buffer: inout ByteBuffer) {
        let bytes = unsafe buffer.span.withUnsafeBufferPointer { unsafe Array($0) }
        buffer.removeAll()
        state.withLock { $0.bytes += bytes }
    }
}
