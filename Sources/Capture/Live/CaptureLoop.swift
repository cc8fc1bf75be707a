import Bytes
import System

/// What the capturing thread does: wait, read, hand over, count.
final class CaptureLoop {
    private struct Source {
        let capture: InterfaceCapture
        /// As last handed over: what counts more than that was lost since.
        var reported: InterfaceStatistics
        /// Packets handed over, and those that found no room.
        var deliveredCount: UInt64 = 0
        var refusedCount: UInt64 = 0
        var isOpen = true
    }

    /// A batch is handed over when it has this many bytes, or when nothing more is there.
    private static let batchByteCount = 256 << 10
    /// With several interfaces, packets younger than this wait for older ones that another one's kernel buffer may hold; nanoseconds.
    private static let settlingTime = 2_000_000 * Int64(InterfaceCapture.gatherMilliseconds)
    /// And they wait no longer when there are so many bytes of them.
    private static let settlingByteCount = 4 << 20
    /// How far ahead of the clock a packet's time is believed; nanoseconds.
    private static let clockTolerance: Int64 = 1_000_000_000
    /// Interfaces are looked after so often even when no packet comes; milliseconds.
    private static let longestWait: Int32 = 1_000
    /// What passed by when the end is asked for has come out of the kernel after this; nanoseconds.
    private static let lastWait = 3_000_000 * Int64(InterfaceCapture.gatherMilliseconds)

    private let queue: PacketQueue
    private let stopping: WakePipe
    private var sources: [Source]
    private var batch = PacketBatch()
    /// Packets that wait; empty with one interface.
    private var young = PacketBatch()
    private let start: Timestamp
    /// The time of the packet that was handed over last. Those that find no room are younger, and may be older than the last count, because
    /// what the kernel holds is counted before it is read.
    private var lastTime: Timestamp?

    init(_ captures: [InterfaceCapture], _ queue: PacketQueue, _ stopping: WakePipe) {
        self.queue = queue
        self.stopping = stopping
        let start = Timestamp.now()
        self.start = start
        sources = captures.enumerated().map { number, capture in
            var reported = InterfaceStatistics(interface: UInt32(number), time: .now())
            (reported.start, reported.received, reported.droppedBySystem, reported.droppedByInterface) = (start, 0, 0, 0)
            return Source(capture: capture, reported: reported)
        }
    }

    func run() {
        // Also what ends early says that it counts.
        batch.statistics = sources.map(\.reported)
        _ = queue.send(&batch, force: true)
        while sources.contains(where: \.isOpen), !waitForPackets() { drain() }
        let end = Timestamp(nanoseconds: Timestamp.now().nanoseconds + Self.lastWait)
        while sources.contains(where: \.isOpen), Timestamp.now() < end {
            waitForLastPackets()
            drain(until: end)
        }
        finish()
    }

    // MARK: Waiting

    /// True when the end was asked for instead.
    private func waitForPackets() -> Bool {
        var items = sources.filter(\.isOpen).map { Awaited($0.capture.descriptor) }
        items.append(Awaited(stopping.descriptor))
        let longest = sources.compactMap { $0.isOpen ? $0.capture.longestWait : nil }.min() ?? Self.longestWait
        let wait = batch.isEmpty ? longest : min(longest, InterfaceCapture.gatherMilliseconds / 2)
        items.wait(milliseconds: min(wait, Self.longestWait))
        return items[items.count - 1].isReady
    }

    private func waitForLastPackets() {
        var items = sources.filter(\.isOpen).map { Awaited($0.capture.descriptor) }
        items.wait(milliseconds: InterfaceCapture.gatherMilliseconds / 4)
    }

    // MARK: Reading

    /// Reads what is there, a batch at a time, the interfaces in turn; no further than to a packet of after `end`.
    private func drain(until end: Timestamp? = nil) {
        var isMore = true
        while isMore {
            isMore = false
            for index in sources.indices where sources[index].isOpen {
                if read(index) > 0 { isMore = true }
                if batch.byteCount >= fullByteCount { handOver() }
            }
            if let end, let last = batch.lastTime, last > end { break }
        }
        handOver()
    }

    private var fullByteCount: Int { sources.count > 1 ? Self.settlingByteCount : Self.batchByteCount }

    private func read(_ index: Int) -> Int {
        do throws(CaptureError) {
            return try sources[index].capture.read(into: &batch)
        } catch {
            sources[index].isOpen = false
            batch.failures.append(error)
            return 0
        }
    }

    // MARK: Handing over

    /// Hands the batch over, with what was lost since the one before, or counts what is in it as lost.
    private func handOver(all: Bool = false) {
        if sources.count > 1 {
            batch.sort()
            if !all, batch.byteCount < Self.settlingByteCount, batch.failures.isEmpty {
                let now = Timestamp.now().nanoseconds
                let youngest = Timestamp(nanoseconds: now - Self.settlingTime)...Timestamp(nanoseconds: now + Self.clockTolerance)
                batch.move(youngest, to: &young)
            }
        }
        // What waits is the beginning of the next one.
        defer { swap(&batch, &young) }
        let counted = count()
        for (source, counted) in zip(sources, counted) where counted.dropped != source.reported.dropped {
            var before = source.reported
            if let lastTime { before.time = min(before.time, lastTime) }
            batch.statistics += [before, counted]
        }
        guard !batch.isEmpty else { return }
        let batchTime = batch.lastTime
        let packetCounts = sources.indices.map { batch.count(of: UInt32($0)) }
        let isTaken = queue.send(&batch, force: !batch.failures.isEmpty)
        if isTaken { lastTime = batchTime ?? lastTime }
        for index in sources.indices {
            if isTaken {
                sources[index].reported = counted[index]
                sources[index].deliveredCount += packetCounts[index]
            } else {
                sources[index].refusedCount += packetCounts[index]
            }
        }
        batch.removeAll()
    }

    /// Hands over the final counts.
    private func finish() {
        handOver(all: true)
        batch.statistics = count()
        for index in batch.statistics.indices { batch.statistics[index].delivered = sources[index].deliveredCount }
        _ = queue.send(&batch, force: true)
        queue.close()
    }

    /// What was counted of each interface up to now.
    private func count() -> [InterfaceStatistics] {
        let now = Timestamp.now()
        return sources.map { source in
            // An interface that has gone away counts no more.
            var counted = source.capture.statistics(at: now) ?? source.reported
            counted.time = now
            counted.start = start
            counted.droppedByProgram = source.refusedCount
            return counted
        }
    }
}

extension Timestamp {
    /// The time that the kernel gives packets.
    static func now() -> Timestamp { Timestamp(nanoseconds: SystemClock.nanosecondsSince1970) }
}
