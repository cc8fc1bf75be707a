#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The clocks of the system.
package enum SystemClock {
    /// Nanoseconds of a clock that nobody sets.
    package static var nanoseconds: Int64 { now(CLOCK_MONOTONIC) }

    /// Milliseconds of the same clock.
    package static var milliseconds: Int64 { nanoseconds / 1_000_000 }

    /// Nanoseconds since 1970, as the kernel counts them for packets.
    package static var nanosecondsSince1970: Int64 { now(CLOCK_REALTIME) }

    /// Nanoseconds of processor time that the process has taken, whatever else the machine did meanwhile.
    package static var processorNanoseconds: Int64 { now(CLOCK_PROCESS_CPUTIME_ID) }

    /// The same of this thread alone.
    package static var threadNanoseconds: Int64 { now(CLOCK_THREAD_CPUTIME_ID) }

    package static func sleep(microseconds: UInt32) { usleep(microseconds) }

    private static func now(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
