import CDecompression
import System

/// The functions of libzstd, which is loaded when something is to be decompressed with it.
@safe
package struct ZstdLibrary: @unchecked Sendable {
    package let create: wsray_zstd_create
    package let free: wsray_zstd_free
    /// Memory of a stream, in bytes.
    package let size: wsray_zstd_size
    package let set: wsray_zstd_set
    package let decompress: wsray_zstd_decompress
    package let isError: wsray_zstd_is_error
    package let errorCode: wsray_zstd_error_code
    package let errorName: wsray_zstd_error_name

    /// Nil where the library is missing.
    package static let shared = Self()

    /// What it is called.
    package static let names = ["libzstd.so.1", "libzstd.1.dylib"]

    private init?() {
        guard let library = SharedLibrary(Self.names),
            let create = unsafe library.function("ZSTD_createDStream", as: wsray_zstd_create.self),
            let free = unsafe library.function("ZSTD_freeDStream", as: wsray_zstd_free.self),
            let size = unsafe library.function("ZSTD_sizeof_DStream", as: wsray_zstd_size.self),
            let set = unsafe library.function("ZSTD_DCtx_setParameter", as: wsray_zstd_set.self),
            let decompress = unsafe library.function("ZSTD_decompressStream", as: wsray_zstd_decompress.self),
            let isError = library.function("ZSTD_isError", as: wsray_zstd_is_error.self),
            let errorCode = library.function("ZSTD_getErrorCode", as: wsray_zstd_error_code.self),
            let errorName = unsafe library.function("ZSTD_getErrorName", as: wsray_zstd_error_name.self)
        else { return nil }
        unsafe (self.create, self.free, self.size, self.set, self.decompress) = (create, free, size, set, decompress)
        unsafe (self.isError, self.errorCode, self.errorName) = (isError, errorCode, errorName)
    }
}
