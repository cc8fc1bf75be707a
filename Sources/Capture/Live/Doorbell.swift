#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What one thread rings and another can wait for with poll(2): a pipe, readable from the ring until it is answered.
final class Doorbell: Sendable {
    let descriptor: Int32
    private let writing: Int32

    init() throws(CaptureError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw CaptureError(.unreadable, "opening a pipe failed: \(systemWords(errno))") }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        descriptor = ends[0]
        writing = ends[1]
    }

    deinit {
        close(descriptor)
        close(writing)
    }

    func ring() {
        var byte: UInt8 = 1
        // A full pipe rings already.
        _ = unsafe write(writing, &byte, 1)
    }

    func answer() {
        var room: UInt64 = 0
        while unsafe read(descriptor, &room, 8) > 0 {}
    }
}
