#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The zone that this machine is set to, or `TZ` says.
public enum LocalTime {
    /// Seconds that local time is ahead of UTC at a time since 1970.
    public static func offset(atSecond second: Int64) -> Int64 {
        var time = time_t(second)
        var parts = unsafe tm()
        guard unsafe localtime_r(&time, &parts) != nil else { return 0 }
        return unsafe Int64(parts.tm_gmtoff)
    }
}
