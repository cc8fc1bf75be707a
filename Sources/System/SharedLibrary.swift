#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A library that is loaded only when it is needed, and then stays.
@safe
package struct SharedLibrary: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer

    /// - Parameter names: the first that the system finds.
    package init?(_ names: [String]) {
        for name in names {
            guard let handle = unsafe dlopen(name, RTLD_NOW | RTLD_LOCAL) else { continue }
            unsafe self.handle = handle
            return
        }
        return nil
    }

    /// The function of this name; nil where the library has none.
    /// - Parameter type: the C function's own.
    package func function<Function>(_ name: String, as type: Function.Type) -> Function? {
        guard let symbol = unsafe dlsym(handle, name) else { return nil }
        // Invariant: whoever asks knows the type from the library's header, and a C function is a pointer.
        return unsafe unsafeBitCast(symbol, to: Function.self)
    }
}
