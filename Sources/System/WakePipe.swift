#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What one thread or signal handler rings and another thread can wait for with poll(2): a pipe, readable from the ring until it is answered.
package final class WakePipe: Sendable {
    package let descriptor: Descriptor
    /// The end that is written to.
    let writing: Int32

    package init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw .last }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        descriptor = Descriptor(ends[0])
        writing = ends[1]
    }

    deinit {
        close(descriptor.number)
        close(writing)
    }

    /// One ring is enough however often this is called: a full pipe rings already.
    package func ring() { Self.ring(writing) }

    package func answer() {
        var room: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        while unsafe read(descriptor.number, &room, 32) > 0 {}
    }

    /// For signal handlers: the other end of a pipe by its number, which lasts as long as they do.
    package static func ring(_ writing: Int32) {
        guard writing >= 0 else { return }
        var byte: UInt8 = 1
        let before = errno
        _ = unsafe write(writing, &byte, 1)
        errno = before
    }

    /// What `ring` takes in a signal handler.
    package var numberForHandlers: Int32 { writing }
}
