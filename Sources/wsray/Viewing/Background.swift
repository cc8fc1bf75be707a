#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Threads that work beside the one that shows.
enum Background {
    private final class Box {
        var loader: Loader?
        init(_ loader: consuming Loader) { self.loader = consume loader }
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

    /// Runs a loader to its end in a thread of its own.
    static func run(_ loader: consuming Loader) -> Running { start(Box(loader)) }

    private static func start(_ box: Box) -> Running {
        // Invariant: the thread takes over the one reference that is passed.
        let argument = unsafe Unmanaged.passRetained(box).toOpaque()
        #if canImport(Darwin)
            var thread: pthread_t?
            unsafe pthread_create(
                &thread, nil,
                { argument in
                    let box = unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
                    var loader = box.loader.take()
                    loader?.run()
                    return nil
                }, argument)
        #else
            var thread = pthread_t()
            let status = unsafe pthread_create(
                &thread, nil,
                { argument in
                    guard let argument = unsafe argument else { return nil }
                    let box = unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
                    var loader = box.loader.take()
                    loader?.run()
                    return nil
                }, argument)
        #endif
        return Running(thread: status == 0 ? thread : nil)
    }
}
