import Bytes
import System
import TestSupport
import Testing

@testable import Capture
@testable import Input

/// Batches that were made before.
private final class PreparedBatches: PacketBatches {
    let interfaces: [CaptureInterface]
    let descriptor = Descriptor.none
    var startFailure: CaptureError?
    private(set) var stopCount = 0
    /// Batches that come before and after the first wait.
    private var steps: [[(UInt32, UInt8)]?]
    /// Interfaces that fail after the packets, and counts before them, of the first batch.
    var failures: [CaptureError] = []
    var dropped: [UInt64] = []

    /// - Parameter steps: packets as interface and content; nil for nothing yet.
    init(_ names: [String], _ steps: [[(UInt32, UInt8)]?]) {
        interfaces = names.map { CaptureInterface(linkType: .raw, snapLength: 0, resolution: .nanoseconds, name: $0) }
        self.steps = steps
    }

    func start() throws(CaptureError) { if let startFailure { throw startFailure } }
    func stop() { stopCount += 1 }
    var isFinished: Bool { steps.isEmpty }

    func receive(_ batch: inout PacketBatch) -> Bool {
        batch.removeAll()
        guard !steps.isEmpty, let packets = steps.removeFirst() else { return false }
        for (interface, content) in packets {
            var packet = [UInt8](repeating: content, count: 60)
            packet[0] = 0x45
            batch.append(packet.span, time: Timestamp(nanoseconds: 1_000), originalLength: 60, interface: interface)
        }
        for (index, count) in dropped.enumerated() {
            var statistics = InterfaceStatistics(interface: UInt32(index), time: Timestamp(nanoseconds: 500))
            statistics.droppedBySystem = count
            batch.statistics.append(statistics)
        }
        batch.failures = failures
        return true
    }
}

@Suite("Interfaces as an input")
struct LiveInputTests {
    private func run(
        _ batches: PreparedBatches, deadlines: Deadlines = Deadlines(), seesRepeated: Bool = false,
        _ change: (inout Recorder) -> Void = { _ in }
    ) -> (lines: [String], waits: [Int32], repeatedCount: UInt64) {
        var recorder = Recorder()
        change(&recorder)
        var input = LiveInput(batches, deadlines: deadlines, seesRepeated: seesRepeated)
        do throws(Recorder.Refused) { try input.run(into: &recorder) } catch {}
        return (recorder.lines, recorder.waits, input.repeatedCount)
    }

    @Test("batches are handed on as they come, and before it waits there is a pause")
    func batches() {
        let batches = PreparedBatches(["lo"], [[(0, 1), (0, 2)], nil, [(0, 3)]])
        let told = run(batches)
        #expect(
            told.lines == [
                "begin lo from 1", "interface lo", "packet 1", "packet 2", "pause", "packet 3", "pause", "end",
            ])
        #expect(told.waits == [-1])
        #expect(batches.stopCount == 1)
    }

    @Test("a packet that two interfaces show is handed on once, where that is looked for")
    func repeated() {
        let both: [[(UInt32, UInt8)]?] = [[(0, 7), (1, 7), (1, 8)]]
        let once = run(PreparedBatches(["a", "b"], both), seesRepeated: true)
        #expect(once.lines.filter { $0.hasPrefix("packet") } == ["packet 1", "packet 2"])
        #expect(once.repeatedCount == 1)
        #expect(run(PreparedBatches(["a", "b"], both)).lines.filter { $0.hasPrefix("packet") }.count == 3)
    }

    @Test("losses come before the packets of their batch, and an interface that fails after them")
    func losses() {
        let batches = PreparedBatches(["a", "b"], [[(0, 1)]])
        batches.dropped = [3]
        batches.failures = [CaptureError(.unreadable, "b: gone")]
        #expect(run(batches).lines.dropFirst(3) == ["lost 3", "packet 1", "failure b: gone", "pause", "end"])
    }

    @Test("what cannot be started ends with the reason")
    func start() {
        let batches = PreparedBatches(["a"], [[(0, 1)]])
        batches.startFailure = CaptureError(.noPermission, "a: no")
        #expect(run(batches).lines == ["begin a from 1", "interface a", "end: noPermission"])
    }

    @Test("where enough was taken, or no more can be, the capture is ended")
    func enough() {
        let batches = PreparedBatches(["a"], [[(0, 1), (0, 2)], [(0, 3)]])
        #expect(run(batches, { $0.enough = 1 }).lines.suffix(2) == ["packet 1", "end"])
        #expect(batches.stopCount == 1)
        let refused = PreparedBatches(["a"], [[(0, 1), (0, 2)], [(0, 3)]])
        #expect(run(refused, { $0.refusal = 1 }).lines.suffix(2) == ["packet 1", "end"])
        #expect(refused.stopCount == 1)
    }

    @Test("after its time the capture is ended once, and what passed by until then still comes")
    func duration() {
        let time = Mutex<Int64>(0)
        let batches = PreparedBatches(["a"], [[(0, 1)], nil, nil, [(0, 2)]])
        let deadlines = Deadlines(duration: 5_000_000, clock: { time.withLock { $0 } })
        let told = run(batches, deadlines: deadlines, { $0.whileWaiting = { time.withLock { $0 += 3_000_000 } } })
        #expect(told.lines.filter { $0.hasPrefix("packet") } == ["packet 1", "packet 2"])
        #expect(told.waits == [6, 3])
        #expect(batches.stopCount == 1)
    }

    @Test("idle is who shows nothing more, from the last time on that something was shown")
    func idle() {
        let time = Mutex<Int64>(0)
        var deadlines = Deadlines(idleDuration: 10, clock: { time.withLock { $0 } })
        func isOver(at now: Int64, shown: UInt64) -> Bool {
            time.withLock { $0 = now }
            return deadlines.isOver(shown: shown)
        }
        #expect(!isOver(at: 9, shown: 1))
        #expect(!isOver(at: 18, shown: 1))
        #expect(isOver(at: 19, shown: 1))
        #expect(!isOver(at: 20, shown: 2))
        #expect(Deadlines().millisecondsLeft == -1)
    }
}
