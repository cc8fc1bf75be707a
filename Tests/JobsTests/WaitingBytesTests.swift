import Bytes
import System
import Testing

@testable import Jobs

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite("Bytes that wait")
struct WaitingBytesTests {
    private static let block = WaitingBytes.blockByteCount

    @Test("come back in order, each queue's its own", arguments: [0, 1, 3, 16])
    func order(blocksInMemory: Int) throws {
        let file = try TemporaryFile()
        var waiting = WaitingBytes(limit: 1 << 20, memory: blocksInMemory * Self.block) { Descriptor(file.descriptor) }
        var queues = [WaitingBytes.Queue(), WaitingBytes.Queue()]
        // Pieces that end before, at and behind the ends of blocks.
        let pieces = [10, Self.block - 10, 1, Self.block, 2 * Self.block + 7]
        for (number, count) in pieces.enumerated() {
            for place in 0..<2 {
                let bytes = [UInt8](repeating: UInt8(number + 100 * place), count: count)
                let taken = waiting.append(bytes.span, to: &queues[place])
                #expect(taken == count)
            }
        }
        for place in [1, 0] {
            let expected = pieces.enumerated().flatMap { [UInt8](repeating: UInt8($0 + 100 * place), count: $1) }
            let all = drain(&waiting, &queues[place])
            #expect(all == expected)
        }
    }

    @Test("are refused beyond the limit, and taken again once others have left", arguments: [0, 1, 2, 3, 10])
    func limit(blocksInMemory: Int) throws {
        let file = try TemporaryFile()
        var waiting = WaitingBytes(limit: 3 * Self.block, memory: blocksInMemory * Self.block) { Descriptor(file.descriptor) }
        var first = WaitingBytes.Queue()
        var second = WaitingBytes.Queue()
        let two = [UInt8](repeating: 1, count: 2 * Self.block)
        let takenFirst = waiting.append(two.span, to: &first)
        let takenSecond = waiting.append(two.span, to: &second)
        #expect(takenFirst == two.count && takenSecond == Self.block)
        let none = waiting.append(two.span, to: &second)
        #expect(none == 0)

        for round in 0..<5 {
            let old = drain(&waiting, &first)
            #expect(old.count == 2 * Self.block, "round \(round)")
            let again = waiting.append(two.span, to: &first)
            #expect(again == two.count, "round \(round)")
        }
        #expect(file.byteCount == max(0, 3 - blocksInMemory) * Self.block)
    }

    @Test("are not taken where there is no file, or it cannot be written")
    func failures() throws {
        let bytes: [UInt8] = [1, 2, 3]
        var nowhere = WaitingBytes(limit: 1 << 20, memory: 0) { nil }
        var queue = WaitingBytes.Queue()
        let taken = nowhere.append(bytes.span, to: &queue)
        #expect(taken == 0 && queue.isEmpty)

        let readOnly = unsafe open("/dev/null", O_RDONLY)
        defer { close(readOnly) }
        var refused = WaitingBytes(limit: 1 << 20, memory: 0) { Descriptor(readOnly) }
        let written = refused.append(bytes.span, to: &queue)
        #expect(written == 0 && queue.isEmpty)
    }

    private func drain(_ waiting: inout WaitingBytes, _ queue: inout WaitingBytes.Queue) -> [UInt8] {
        var buffer = ByteBuffer()
        while !queue.isEmpty {
            guard waiting.takeFirst(of: &queue, into: &buffer) else { return [] }
        }
        return unsafe buffer.span.withUnsafeBufferPointer { unsafe Array($0) }
    }
}
