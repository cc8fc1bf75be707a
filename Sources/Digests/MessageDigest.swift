import CCrypto
import System

/// One libcrypto EVP context that hashes any number of messages, one after the other.
///
/// A context that is kept costs libcrypto's algorithm lookup once instead of once per message. That libcrypto has
/// no memory or lacks the algorithm does not depend on the bytes hashed, so it stops the program.
@safe
struct MessageDigest: ~Copyable {
    private let context: OpaquePointer
    private let byteCount: Int

    init(_ algorithm: OpaquePointer?, byteCount: Int) {
        guard let context = unsafe EVP_MD_CTX_new() else { LibraryFailure.end("libcrypto, for a digest") }
        if unsafe EVP_DigestInit_ex(context, algorithm, nil) != 1 { LibraryFailure.end("libcrypto, for a digest") }
        precondition(unsafe Int(EVP_MD_get_size(algorithm)) == byteCount)
        unsafe self.context = unsafe context
        self.byteCount = byteCount
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    mutating func update(_ bytes: Span<UInt8>) {
        let taken = unsafe bytes.withUnsafeBufferPointer { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        if taken != 1 { LibraryFailure.end("libcrypto, for a digest") }
    }

    /// The digest of the bytes since the last call; the next byte begins a new message.
    mutating func finish() -> [UInt8] {
        let digest = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { room, count in
            // Invariant: `init` compared `byteCount` with the number of bytes that the algorithm writes.
            if unsafe EVP_DigestFinal_ex(context, room.baseAddress, nil) != 1 { LibraryFailure.end("libcrypto, for a digest") }
            count = byteCount
        }
        // No algorithm named: the one that the context has already.
        if unsafe EVP_DigestInit_ex(context, nil, nil) != 1 { LibraryFailure.end("libcrypto, for a digest") }
        return digest
    }
}
