import Bytes
import Capture
import System
import Viewer

/// Reads payloads again, out of the capture files and the spool.
///
/// Reads a window at a time, so that frames one after another, on a screen or in a search, cost one system call together.
final class StoredBytes: PayloadReading {
    private let index: InputIndex
    /// The files in order, with the first packet of each.
    private var files: [(firstPacket: UInt64, window: Window)] = []
    private var spool: Window?

    init(_ index: InputIndex, spool: UnnamedFile?) {
        self.index = index
        self.spool = spool.map { Window($0.descriptor, isOwned: false) }
    }

    /// Takes note of files that the reading has come to.
    func refresh() {
        guard index.count > files.count else { return }
        for file in index.files.dropFirst(files.count) {
            let held = HeldFiles.descriptor(of: file.packetPath)
            let descriptor = held ?? (try? Descriptor.reading(file.packetPath)) ?? .none
            files.append((file.firstPacket, Window(descriptor, isOwned: held == nil)))
        }
    }

    func withCapture(packet: UInt64, at offset: UInt64, count: Int, _ body: (Span<UInt8>) -> Void) {
        files.last { $0.firstPacket <= packet }?.window.read(at: offset, count: count, body)
    }

    func withSpool(at offset: UInt64, count: Int, _ body: (Span<UInt8>) -> Void) {
        spool?.read(at: offset, count: count, body)
    }

    func withPackets(_ numbers: ClosedRange<UInt64>, _ body: (PacketHeader, Span<UInt8>) -> Void) { index.read(numbers, body) }
}

/// A part of a file in memory.
@safe
private final class Window {
    private static let byteCount = 512 << 10
    private let descriptor: Descriptor
    private let isOwned: Bool
    private let base = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
    private var start: UInt64 = 0
    private var count = 0

    init(_ descriptor: Descriptor, isOwned: Bool) {
        self.descriptor = descriptor
        self.isOwned = isOwned
    }

    deinit {
        unsafe base.deallocate()
        if isOwned { descriptor.close() }
    }

    /// Lends as many of the wanted bytes as can be read; of more than a window, piece by piece into memory of their own.
    func read(at offset: UInt64, count wanted: Int, _ body: (Span<UInt8>) -> Void) {
        guard wanted <= Self.byteCount else {
            var whole = ByteBuffer()
            var at = offset
            while whole.count < wanted {
                let before = whole.count
                read(at: at, count: min(Self.byteCount, wanted - before)) { whole.append($0) }
                if whole.count == before { break }
                at += UInt64(whole.count - before)
            }
            return body(whole.span)
        }
        // What is asked for behind the end of what was read may have been written since.
        if offset < start || offset + UInt64(wanted) > start + UInt64(count) { fill(from: offset) }
        let available = min(wanted, count - Int(offset - start))
        guard available > 0 else { return }
        // Invariant: `fill` wrote `count` bytes, and `offset - start + available` is at most that.
        unsafe body(Span(_unsafeStart: (base + Int(offset - start)).assumingMemoryBound(to: UInt8.self), count: available))
    }

    private func fill(from offset: UInt64) {
        // A little from before as well: lists are read upwards too.
        start = offset - min(offset, 4_096)
        count = unsafe descriptor.readAll(into: UnsafeMutableRawBufferPointer(start: base, count: Self.byteCount), at: start)
        // The file may have become shorter than it was.
        if start + UInt64(count) < offset { start = offset; count = 0 }
    }
}
