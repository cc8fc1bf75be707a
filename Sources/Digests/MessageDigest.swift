import CCrypto

/// One libcrypto EVP context that hashes any number of messages, one after the other.
///
/// A context that is kept costs libcrypto's algorithm lookup once instead of once per message. That libcrypto has
/// no memory or lacks the algorithm does not depend on the bytes hashed, so it stops the program.
@safe
struct MessageDigest: ~Copyable {
    private let context: OpaquePointer
    private let byteCount: Int

    init(_ algorithm: OpaquePointer?, byteCount: Int) {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("libcrypto has no memory for a digest") }
        precondition(unsafe EVP_DigestInit_ex(context, algorithm, nil) == 1, "libcrypto lacks a digest")
        precondition(unsafe Int(EVP_MD_get_size(algorithm)) == byteCount)
        unsafe self.context = unsafe context
        self.byteCount = byteCount
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    mutating func update(_ bytes: Span<UInt8>) {
        let taken = unsafe bytes.withUnsafeBufferPointer { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        precondition(taken == 1, "libcrypto refused bytes to hash")
    }

    /// The digest of the bytes since the last call; the next byte begins a new message.
    mutating func finish() -> [UInt8] {
        let digest = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { room, count in
            // Invariant: `init` compared `byteCount` with the number of bytes that the algorithm writes.
            precondition(unsafe EVP_DigestFinal_ex(context, room.baseAddress, nil) == 1, "libcrypto could not finish a digest")
            count = byteCount
        }
        // No algorithm named: the one that the context has already.
        precondition(unsafe EVP_DigestInit_ex(context, nil, nil) == 1, "libcrypto could not begin a digest anew")
        return digest
    }
}
