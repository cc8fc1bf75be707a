#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Threads that work beside the one that shows.
enum Background {
    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// A thread that may be waited for.
    struct Running {
        fileprivate let thread: pthread_t?

        /// Waits until it has ended.
        func join() {
            guard let thread else { return }
            _ = pthread_join(thread, nil)
        }
    }

    /// Runs something to its end in a thread of its own.
    @discardableResult
    static func run(_ body: @escaping @Sendable () -> Void) -> Running {
        // Invariant: the thread takes over the one reference that is passed.
        let argument = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
        #if canImport(Darwin)
            var thread: pthread_t?
            let status = unsafe pthread_create(&thread, nil, { unsafe Background.work($0) }, argument)
            return Running(thread: status == 0 ? thread : nil)
        #else
            var thread = pthread_t()
            let status = unsafe pthread_create(&thread, nil, { unsafe Background.work($0) }, argument)
            return Running(thread: status == 0 ? thread : nil)
        #endif
    }

    private static func work(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let argument = unsafe argument { unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
        return nil
    }
}
