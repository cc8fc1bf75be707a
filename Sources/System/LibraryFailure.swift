#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The end of a program in which a C library has no memory for what it must do.
///
/// Whatever the input is, it is not at fault, and nothing can go on. What was written so far stays. Only calls that fail for want of
/// memory, or because the library is not the one that the program was built for, may end so.
package enum LibraryFailure {
    /// The input was not read to its end.
    private static let status: Int32 = 2

    /// Says what failed, on standard error, and ends.
    /// - Parameter what: the library and what was asked of it: "zlib, to inflate".
    package static func end(_ what: StaticString) -> Never {
        let lines = [("wsray: out of memory: " as StaticString), what, "\n"]
        for text in lines {
            // Invariant: a literal is kept for ever. Nothing can be done where this fails.
            unsafe _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
        }
        _exit(status)
    }
}
