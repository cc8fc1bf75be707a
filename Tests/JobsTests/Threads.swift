#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs something in a thread of its own, where it may wait for others.
func onThread(_ body: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { continuation in
        let work = Work {
            body()
            continuation.resume()
        }
        // Invariant: the thread takes over the one reference that is passed.
        let argument = unsafe Unmanaged.passRetained(work).toOpaque()
        #if canImport(Darwin)
            var thread: pthread_t?
            _ = unsafe pthread_create(&thread, nil, { unsafe start($0) }, argument)
            if let thread { pthread_detach(thread) }
        #else
            var thread = pthread_t()
            _ = unsafe pthread_create(&thread, nil, { unsafe start($0) }, argument)
            pthread_detach(thread)
        #endif
    }
}

private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func start(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let argument = unsafe argument { unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
    return nil
}
