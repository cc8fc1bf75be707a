import Bytes
import System

/// What jobs said before their turn: blocks in memory, then in a file, that are used again once they were taken, so that neither
/// ever grows beyond its limit.
@safe
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

    private let open: () -> Descriptor?
    private var descriptor: Descriptor?
    /// The blocks of the lowest numbers; those behind them are in the file.
    private var memory: UnsafeMutableRawPointer?
    private var blocksInMemory: Blocks
    private var blocksInFile: Blocks

    /// - Parameters:
    ///   - limit: bytes at most; never less than a block.
    ///   - memory: bytes of those that are kept in memory.
    ///   - open: an empty file for the others, asked for when the first of them comes. It stays its maker's.
    init(limit: Int, memory: Int, open: @escaping () -> Descriptor?) {
        let count = max(1, limit / Self.blockByteCount)
        let countInMemory = min(count, memory / Self.blockByteCount)
        blocksInMemory = Blocks(0..<countInMemory)
        blocksInFile = Blocks(countInMemory..<count)
        unsafe self.memory = nil
        self.open = open
    }

    deinit { unsafe memory?.deallocate() }

    /// Takes bytes into a queue.
    /// - Returns: how many were taken: fewer where there is no room, or the disk is full.
    mutating func append(_ bytes: Span<UInt8>, to queue: inout Queue) -> Int {
        var taken = 0
        while taken < bytes.count {
            if queue.end == Self.blockByteCount {
                guard let block = newBlock() else { break }
                queue.blocks.append(block)
                queue.end = 0
            }
            let count = min(bytes.count - taken, Self.blockByteCount - queue.end)
            let block = queue.blocks[queue.blocks.count - 1]
            guard write(bytes.extracting(taken..<taken + count), to: block, at: queue.end) else {
                if queue.end == 0, let unused = queue.blocks.popLast() {
                    free(unused)
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
        guard !queue.isEmpty else { return true }
        let block = queue.blocks[queue.head]
        let isLast = queue.head == queue.blocks.count - 1
        let count = isLast ? queue.end : Self.blockByteCount
        guard read(count, from: block, into: &buffer) else { return false }
        free(block)
        queue.head += 1
        if isLast { queue = Queue() } else { queue.forgetTaken() }
        return true
    }

    // MARK: Blocks

    private mutating func newBlock() -> Int? { blocksInMemory.take() ?? blocksInFile.take() }

    private mutating func free(_ block: Int) {
        if block < blocksInMemory.numbers.upperBound { blocksInMemory.free.append(block) } else { blocksInFile.free.append(block) }
    }

    private mutating func write(_ bytes: Span<UInt8>, to block: Int, at place: Int) -> Bool {
        guard block < blocksInMemory.numbers.upperBound else {
            if descriptor == nil { descriptor = open() }
            guard let descriptor else { return false }
            return descriptor.write(bytes, at: UInt64((block - blocksInFile.numbers.lowerBound) * Self.blockByteCount + place))
        }
        // All of it at once: the system gives each page only when it is written to.
        let memory = unsafe memory ?? .allocate(byteCount: blocksInMemory.numbers.count * Self.blockByteCount, alignment: 4_096)
        unsafe self.memory = memory
        unsafe bytes.withUnsafeBytes { source in
            guard let first = source.baseAddress else { return }
            // Invariant: the block is one of those allocated, and the caller keeps within it.
            unsafe (memory + block * Self.blockByteCount + place).copyMemory(from: first, byteCount: source.count)
        }
        return true
    }

    private func read(_ count: Int, from block: Int, into buffer: inout ByteBuffer) -> Bool {
        guard block < blocksInMemory.numbers.upperBound else {
            guard let descriptor else { return false }
            let place = (block - blocksInFile.numbers.lowerBound) * Self.blockByteCount
            var got = 0
            unsafe buffer.append(upTo: count) { room in
                // Invariant: there is room for so many.
                got = unsafe descriptor.readAll(
                    into: UnsafeMutableRawBufferPointer(start: room.baseAddress, count: count), at: UInt64(place))
                return got
            }
            return got == count
        }
        guard let memory = unsafe memory else { return false }
        // Invariant: so much of the block was written.
        unsafe buffer.append(
            Span(_unsafeBytes: UnsafeRawBufferPointer(start: memory + block * Self.blockByteCount, count: count)))
        return true
    }
}

/// Numbers of blocks of one kind, of which some are taken.
private struct Blocks {
    let numbers: Range<Int>
    /// Those that were taken at least once are below this one.
    private var next: Int
    var free: [Int] = []

    init(_ numbers: Range<Int>) {
        self.numbers = numbers
        next = numbers.lowerBound
    }

    mutating func take() -> Int? {
        if let block = free.popLast() { return block }
        guard next < numbers.upperBound else { return nil }
        next += 1
        return next - 1
    }
}

extension WaitingBytes.Queue {
    fileprivate mutating func forgetTaken() {
        guard head > 1_024, head > blocks.count / 2 else { return }
        blocks.removeFirst(head)
        head = 0
    }
}
