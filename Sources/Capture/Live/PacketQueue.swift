import System

/// Batches on their way from the thread that captures to the one that inspects.
///
/// Bounded: a batch that does not fit is refused, and it is for the sender to count what was in it.
final class PacketQueue: Sendable {
    /// A batch that is handed over; whoever holds the box owns what is inside.
    private final class Box {
        var batch = PacketBatch()
    }

    // A box is in one of the two lists, or with the thread that took it out.
    private struct State: @unchecked Sendable {
        var waiting: [Box] = []
        var empty: [Box] = []
        var byteCount = 0
        var isClosed = false
    }

    private static let emptyCount = 8

    private let state = Mutex(State())
    private let limit: Int
    let pipe: WakePipe

    /// - Parameter limit: bytes that may wait.
    init(limit: Int) throws(CaptureError) {
        self.limit = limit
        pipe = try WakePipe.orFailure()
    }

    /// Hands over a batch and gives an empty one in its place; false when there is no room and nothing was done.
    ///
    /// - Parameter force: to hand it over whatever waits.
    func send(_ batch: inout PacketBatch, force: Bool = false) -> Bool {
        state.withLock { state in
            guard force || state.waiting.isEmpty || state.byteCount + batch.byteCount <= limit else { return false }
            let box = state.empty.popLast() ?? Box()
            swap(&box.batch, &batch)
            state.byteCount += box.batch.byteCount
            state.waiting.append(box)
            if state.waiting.count == 1 { pipe.ring() }
            return true
        }
    }

    /// Exchanges a batch that is done with for the next; false when none waits.
    func receive(_ batch: inout PacketBatch) -> Bool {
        batch.removeAll()
        return state.withLock { state in
            guard !state.waiting.isEmpty else { return false }
            let box = state.waiting.removeFirst()
            state.byteCount -= box.batch.byteCount
            swap(&box.batch, &batch)
            if state.empty.count < Self.emptyCount { state.empty.append(box) }
            if state.waiting.isEmpty, !state.isClosed { pipe.answer() }
            return true
        }
    }

    /// Says that nothing more will be sent.
    func close() {
        state.withLock { state in
            state.isClosed = true
            pipe.ring()
        }
    }

    /// Nothing waits and nothing will.
    var isFinished: Bool { state.withLock { $0.isClosed && $0.waiting.isEmpty } }
}

extension WakePipe {
    static func orFailure() throws(CaptureError) -> WakePipe {
        do throws(SystemError) { return try WakePipe() } catch {
            throw CaptureError(.unreadable, "opening a pipe failed: \(error.words)")
        }
    }
}
