import Bytes
import Capture
import System
import TLS

/// A key log that is read as it grows: a file, or a FIFO that programs write to.
final class KeyLogFile: @unchecked Sendable {
    // Invariant: used by one thread at a time, under the lock of its `KeyFiles`.
    private let descriptor: Descriptor
    /// Where to go on in a file that root opened before it became another user; nil for any other.
    private var heldOffset: UInt64?
    private let reader: KeyLogReader

    /// Opens a log and reads what is there; of a FIFO all that comes until its writers are gone, unless packets are live.
    init(_ path: String, into store: KeyStore, isLive: Bool) throws(CaptureError) {
        let held = HeldFiles.descriptor(of: path)
        do throws(SystemError) {
            if let held { descriptor = held } else { descriptor = try .reading(path, waits: !isLive) }
        } catch {
            throw CaptureError(error.isMissing ? .noInput : error.isDenied ? .noPermission : .unreadable, "\(path): \(error.words)")
        }
        heldOffset = held == nil ? nil : 0
        reader = KeyLogReader(into: store, source: store.addSource(path))
        poll()
        if !isLive { reader.finish() }
    }

    deinit { if heldOffset == nil { descriptor.close() } }

    /// Reads what has been added.
    func poll() {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 1)
        var isUsed = false
        while let count = unsafe read(into: room), count > 0 {
            // Invariant: `count` bytes of the room were written.
            let bytes = unsafe UnsafeBufferPointer(start: room.baseAddress?.assumingMemoryBound(to: UInt8.self), count: count)
            unsafe reader.take(Span(_unsafeElements: bytes))
            isUsed = true
        }
        // A live capture looks often, and nearly always in vain.
        if isUsed { unsafe Secret.wipe(room) }
        unsafe room.deallocate()
    }

    private func read(into room: UnsafeMutableRawBufferPointer) -> Int? {
        guard let offset = heldOffset else { return try? unsafe descriptor.read(into: room) }
        guard let count = try? unsafe descriptor.read(into: room, at: offset) else { return nil }
        heldOffset = offset + UInt64(count)
        return count
    }
}
