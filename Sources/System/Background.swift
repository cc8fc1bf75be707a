#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Threads that work beside the one that shows.
package enum Background {
    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// A thread that may be waited for.
    package struct Running {
        fileprivate let thread: pthread_t?

        /// False where the system had no thread left, and nothing is done.
        package var hasStarted: Bool { thread != nil }

        /// Waits until it has ended.
        package func join() {
            guard let thread else { return }
            _ = pthread_join(thread, nil)
        }
    }

    /// Runs something to its end in a thread of its own.
    @discardableResult
    package static func run(_ body: @escaping @Sendable () -> Void) -> Running { Running(thread: try? start(body)) }

    /// The same with nobody who waits for it, and out of reach of signals, which are for the threads that show and write.
    package static func detach(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let started = Signal.whileBlocked { () -> Result<pthread_t, SystemError> in
            do throws(SystemError) { return .success(try start(body)) } catch { return .failure(error) }
        }
        pthread_detach(try started.get())
    }

    private static func start(_ body: @escaping @Sendable () -> Void) throws(SystemError) -> pthread_t {
        let work = unsafe Unmanaged.passRetained(Work(body))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread: pthread_t? = pthread_t()
        #endif
        // Invariant: the thread takes over the one reference that is passed.
        let code = unsafe create(&thread, work.toOpaque())
        guard code == 0, let thread else {
            unsafe work.release()
            throw SystemError(code: code)
        }
        return thread
    }

    private static func create(_ thread: inout pthread_t?, _ argument: UnsafeMutableRawPointer) -> Int32 {
        #if canImport(Darwin)
            return unsafe pthread_create(&thread, nil, { unsafe Background.work($0) }, argument)
        #else
            var made = pthread_t()
            let code = unsafe pthread_create(&made, nil, { unsafe Background.work($0) }, argument)
            thread = made
            return code
        #endif
    }

    private static func work(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let argument = unsafe argument { unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
        return nil
    }
}
