#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

package enum Processors {
    /// Those that this process may use, which on Linux can be fewer than there are.
    package static var count: Int { max(1, allowedCount ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// What the kernel says in `/proc/self/status`, as a line like `Cpus_allowed: ff,ffffffff`; nil where it says nothing.
    private static var allowedCount: Int? {
        guard let file = unsafe fopen("/proc/self/status", "re") else { return nil }
        defer { unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 4_096)
        while unsafe fgets(&line, Int32(line.count), file) != nil {
            // Most lines have another first letter, and no text is made of them.
            guard line[0] == CChar(bitPattern: UInt8(ascii: "C")) else { continue }
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("Cpus_allowed:") else { continue }
            return text.dropFirst("Cpus_allowed:".count).reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        }
        return nil
    }
}
