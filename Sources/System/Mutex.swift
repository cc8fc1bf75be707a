import Synchronization

/// A value that one thread at a time has.
///
/// Swift's own `Mutex`. On Linux that is a futex, whose waits the thread sanitizer does not see; where that watches (`scripts/sanitize`),
/// a lock of the C library is taken around it, so that a wait there never comes about.
@frozen
package struct Mutex<Value: ~Copyable>: ~Copyable, Sendable {
    #if THREAD_SANITIZER
        @usableFromInline let monitor = Monitor()
    #endif
    @usableFromInline let value: Synchronization.Mutex<Value>

    @inlinable
    package init(_ value: consuming sending Value) {
        self.value = Synchronization.Mutex(value)
    }

    @inlinable
    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        #if THREAD_SANITIZER
            monitor.lock()
            defer { monitor.unlock() }
        #endif
        return try value.withLock(body)
    }
}
