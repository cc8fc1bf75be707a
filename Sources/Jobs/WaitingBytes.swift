import Bytes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What jobs said before their turn, in one file: blocks that are used again once they were taken, so that the file never
/// grows beyond the limit.
struct WaitingBytes: ~Copyable {
    static let blockByteCount = 64 << 10

    /// The bytes of one job, in the order in which they came.
    struct Queue {
        /// Numbers of blocks; those before `head` were taken.
        fileprivate var blocks: [Int] = []
        fileprivate var head = 0
        /// Filled of the last block.
        fileprivate var end = WaitingBytes.blockByteCount

        init() {}

        var isEmpty: Bool { head == blocks.count }
    }

    private let blockLimit: Int
    private let open: () -> Int32?
    private var descriptor: Int32?
    private var blockCount = 0
    private var free: [Int] = []

    /// - Parameters:
    ///   - limit: bytes at most; never less than a block.
    ///   - open: an empty file, asked for when the first byte has to wait. It stays its maker's.
    init(limit: Int, open: @escaping () -> Int32?) {
        blockLimit = max(1, limit / Self.blockByteCount)
        self.open = open
    }

    /// How many bytes a queue can take at once.
    func room(in queue: borrowing Queue) -> Int {
        let isBlockLeft = !free.isEmpty || blockCount < blockLimit
        return Self.blockByteCount - queue.end + (isBlockLeft ? Self.blockByteCount : 0)
    }

    /// Takes bytes into a queue.
    /// - Returns: how many were taken: fewer where there is no room, or the disk is full.
    mutating func append(_ bytes: Span<UInt8>, to queue: inout Queue) -> Int {
        if descriptor == nil { descriptor = open() }
        guard let descriptor else { return 0 }
        var taken = 0
        while taken < bytes.count {
            if queue.end == Self.blockByteCount {
                guard let block = newBlock() else { break }
                queue.blocks.append(block)
                queue.end = 0
            }
            let count = min(bytes.count - taken, Self.blockByteCount - queue.end)
            let place = queue.blocks[queue.blocks.count - 1] * Self.blockByteCount + queue.end
            guard Self.write(bytes.extracting(taken..<taken + count), descriptor, at: place) else {
                if queue.end == 0, let unused = queue.blocks.popLast() {
                    free.append(unused)
                    queue.end = Self.blockByteCount
                }
                break
            }
            queue.end += count
            taken += count
        }
        return taken
    }

    /// Moves the oldest bytes of a queue, at most a block of them, behind those in `buffer`; false when reading them fails.
    mutating func takeFirst(of queue: inout Queue, into buffer: inout ByteBuffer) -> Bool {
        guard !queue.isEmpty, let descriptor else { return true }
        let block = queue.blocks[queue.head]
        let isLast = queue.head == queue.blocks.count - 1
        let count = isLast ? queue.end : Self.blockByteCount
        guard Self.read(count, descriptor, at: block * Self.blockByteCount, into: &buffer) else { return false }
        free.append(block)
        queue.head += 1
        if isLast { queue = Queue() } else { queue.forgetTaken() }
        return true
    }

    /// Gives up what a queue has.
    mutating func removeAll(of queue: inout Queue) {
        free.append(contentsOf: queue.blocks[queue.head...])
        queue = Queue()
    }

    private mutating func newBlock() -> Int? {
        if let block = free.popLast() { return block }
        guard blockCount < blockLimit else { return nil }
        blockCount += 1
        return blockCount - 1
    }

    // MARK: The file

    private static func write(_ bytes: Span<UInt8>, _ descriptor: Int32, at place: Int) -> Bool {
        unsafe bytes.withUnsafeBytes { source in
            var written = 0
            while written < source.count {
                // Invariant: `written` is below the count, and no more than the rest is asked for.
                let count = unsafe pwrite(
                    descriptor, source.baseAddress.unsafelyUnwrapped + written, source.count - written, off_t(place + written))
                if count > 0 { written += count } else if count == 0 || errno != EINTR { return false }
            }
            return true
        }
    }

    private static func read(_ wanted: Int, _ descriptor: Int32, at place: Int, into buffer: inout ByteBuffer) -> Bool {
        var got = 0
        unsafe buffer.append(upTo: wanted) { room in
            while got < wanted {
                // Invariant: no more is read than the room that is left.
                let count = unsafe pread(descriptor, room.baseAddress.unsafelyUnwrapped + got, wanted - got, off_t(place + got))
                if count > 0 { got += count } else if count == 0 || errno != EINTR { break }
            }
            return got
        }
        return got == wanted
    }
}

extension WaitingBytes.Queue {
    fileprivate mutating func forgetTaken() {
        guard head > 1_024, head > blocks.count / 2 else { return }
        blocks.removeFirst(head)
        head = 0
    }
}
