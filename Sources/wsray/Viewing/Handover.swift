import System
import Terminal
import Viewer

/// Between the thread that reads and the one that shows: batches wait here, and the one that shows is woken.
final class Handover: Sendable {
    private struct Waiting: Sendable {
        var batches: [Batch] = []
        var progress = Progress()
        var isNew = false
        var isStopped = false
        var wantsNextFile = false
    }

    private let waiting = Mutex(Waiting())
    private let wake: WakePipe
    /// Batches that may wait; then the reader does.
    private static let limit = 64

    init(_ wake: WakePipe) { self.wake = wake }

    // MARK: The reader's side

    /// Hands over a batch, waiting while too many wait already; false when nobody wants any more.
    func put(_ batch: Batch, _ progress: Progress) -> Bool {
        var batch: Batch? = batch
        while true {
            let (isTaken, isStopped) = waiting.withLock { waiting in
                guard waiting.batches.count < Self.limit || waiting.isStopped else { return (false, false) }
                if let whole = batch, !whole.isEmpty { waiting.batches.append(whole) }
                batch = nil
                waiting.progress = progress
                waiting.isNew = true
                return (true, waiting.isStopped)
            }
            wake.ring()
            if isTaken { return !isStopped }
            SystemClock.sleep(microseconds: 2_000)
        }
    }

    /// True once for each time that the next file was asked for.
    func takeDemandForNextFile() -> Bool {
        waiting.withLock { waiting in
            defer { waiting.wantsNextFile = false }
            return waiting.wantsNextFile
        }
    }

    var isStopped: Bool { waiting.withLock { $0.isStopped } }

    // MARK: The side that shows

    struct News {
        var batches: [Batch]
        var progress: Progress
    }

    /// What is new, a few batches at a time; nil when nothing is.
    func take(atMost count: Int) -> News? {
        waiting.withLock { waiting in
            guard waiting.isNew else { return nil }
            let taken = Array(waiting.batches.prefix(count))
            waiting.batches.removeFirst(taken.count)
            let news = News(batches: taken, progress: waiting.progress)
            waiting.isNew = !waiting.batches.isEmpty
            return news
        }
    }

    func beginNextFile() { waiting.withLock { $0.wantsNextFile = true } }

    func stop() { waiting.withLock { $0.isStopped = true } }
}
