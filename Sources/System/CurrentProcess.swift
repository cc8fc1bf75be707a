#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What there is to know of this process and the machine that it runs on.
package enum CurrentProcess {
    package static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    package static var id: Int32 { getpid() }
    package static var parent: Int32 { getppid() }

    /// All variables, as `NAME=value`.
    package static var environment: [String] {
        var variables: [String] = []
        var index = 0
        // Invariant: the list ends with nil.
        while let variable = unsafe environ[index] {
            variables.append(unsafe String(cString: variable))
            index += 1
        }
        return variables
    }

    /// Gives this thread more of the processors than others, which is root's to do.
    package static func hurryThisThread() {
        // On Linux this is about the calling thread; elsewhere it would be about all of the process.
        #if canImport(Glibc)
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -20)
        #elseif canImport(Musl)
            _ = setpriority(PRIO_PROCESS, 0, -20)
        #endif
    }

    /// Where the running program lies; nil where the system does not say.
    package static var programPath: String? {
        var path = [CChar](repeating: 0, count: 4_096)
        #if os(Linux)
            let count = unsafe readlink("/proc/self/exe", &path, path.count)
            return count > 0 ? String(decoding: path.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
        #else
            return nil
        #endif
    }

    /// The most bytes that the program has had in memory.
    package static var peakMemoryByteCount: UInt64 {
        var usage = rusage()
        #if canImport(Darwin)
            _ = unsafe getrusage(RUSAGE_SELF, &usage)
            return UInt64(clamping: usage.ru_maxrss)
        #elseif canImport(Musl)
            _ = unsafe getrusage(RUSAGE_SELF, &usage)
            return UInt64(clamping: usage.ru_maxrss) * 1_024
        #else
            _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return UInt64(clamping: usage.ru_maxrss) * 1_024
        #endif
    }

    /// As `uname -sr` says it.
    package static var operatingSystem: String? {
        var names = utsname()
        guard unsafe uname(&names) == 0 else { return nil }
        func text<Characters>(_ characters: Characters) -> String {
            // Invariant: an array of characters that ends with a zero.
            unsafe withUnsafeBytes(of: characters) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return "\(text(names.sysname)) \(text(names.release))"
    }

    /// Raises the limit on open files where it is lower.
    static func allowOpenFiles(_ count: Int) {
        var limit = rlimit()
        let wanted = rlim_t(count)
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < wanted else { return }
        limit.rlim_cur = wanted
        limit.rlim_max = max(limit.rlim_max, wanted)
        _ = unsafe setrlimit(resource, &limit)
    }
}
