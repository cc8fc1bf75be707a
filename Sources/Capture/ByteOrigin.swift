import System

/// A file descriptor or an array, read the same way.
struct ByteOrigin: ~Copyable {
    private let descriptor: Descriptor
    private let isOwned: Bool
    /// Others read from the descriptor as well, so it is read at `position`.
    private let isShared: Bool
    private let bytes: [UInt8]
    private let portion: Int
    private var position = 0

    init(descriptor: Descriptor, isOwned: Bool) {
        self.descriptor = descriptor
        self.isOwned = isOwned
        isShared = false
        bytes = []
        portion = .max
    }

    /// A file that others read from as well.
    init(held descriptor: Descriptor, at offset: Int) {
        self.descriptor = descriptor
        isOwned = false
        isShared = true
        bytes = []
        portion = .max
        position = offset
    }

    init(bytes: [UInt8], portion: Int) {
        descriptor = .none
        isOwned = false
        isShared = false
        self.bytes = bytes
        self.portion = portion
    }

    deinit {
        if isOwned { descriptor.close() }
    }

    mutating func read(into room: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        guard descriptor.isOpen else {
            let count = min(portion, room.count, bytes.count - position)
            unsafe room.copyBytes(from: bytes[position..<position + count])
            position += count
            return count
        }
        while true {
            do throws(SystemError) {
                guard isShared else { return try unsafe descriptor.read(into: room) }
                let count = try unsafe descriptor.read(into: room, at: UInt64(position))
                position += count
                return count
            } catch {
                if error.wouldWait {
                    // Someone who shares the descriptor made it non-blocking.
                    descriptor.wait(for: .reading, milliseconds: -1)
                } else if !error.isInterruption {
                    throw .system(error)
                } else if Interrupt.isRequested {
                    return 0
                }
            }
        }
    }
}
