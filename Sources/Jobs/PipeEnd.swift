import Bytes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Both ends of a pipe, for this program alone until it is given to another.
struct Pipe: ~Copyable {
    private let reading: Int32
    let writing: Int32

    init?() {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
        #if os(Linux)
            // F_SETPIPE_SZ: with room for more, writer and reader change places less often. Where it is refused, 64 KB do.
            _ = fcntl(reading, 1_031, 1 << 20)
        #endif
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// The end that this program keeps; the other one is closed here.
    consuming func readingEnd() -> PipeEnd {
        let kept = reading
        close(writing)
        discard self
        return PipeEnd(descriptor: kept)
    }
}

/// The end of a pipe that bytes come out of; reading it never waits.
struct PipeEnd: ~Copyable {
    private let descriptor: Int32
    private(set) var isAtEnd: Bool

    init(descriptor: Int32) {
        self.descriptor = descriptor
        isAtEnd = descriptor < 0
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The descriptor, or -1 when nothing more can come.
    var pollable: Int32 { isAtEnd ? -1 : descriptor }

    /// Appends at most `limit` bytes of what is there; false when nothing is for now, or never more.
    mutating func read(into buffer: inout ByteBuffer, atMost limit: Int) -> Bool {
        guard !isAtEnd else { return false }
        var count = 0
        let descriptor = descriptor
        // Invariant: no more is read than the room that is lent.
        unsafe buffer.append(upTo: limit) { room in
            repeat { count = unsafe systemRead(descriptor, room.baseAddress, limit) } while count < 0 && errno == EINTR
            return max(0, count)
        }
        if count == 0 || count < 0 && errno != EAGAIN { isAtEnd = true }
        return count > 0
    }
}

/// read(2), which methods of that name hide.
private func systemRead(_ descriptor: Int32, _ room: UnsafeMutableRawPointer?, _ count: Int) -> Int { unsafe read(descriptor, room, count) }
