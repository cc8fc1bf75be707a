import CCrypto
import System

/// Bytes that are wiped when nobody holds them any more, and that nothing prints.
@safe
public final class Secret: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
    // Invariant: written in `init` only, freed in `deinit` only; hence it may be read from any thread.
    private let memory: UnsafeMutableRawBufferPointer

    public init(_ bytes: Span<UInt8>) {
        unsafe memory = .allocate(byteCount: bytes.count, alignment: 8)
        unsafe bytes.withUnsafeBytes { unsafe memory.copyMemory(from: $0) }
    }

    /// Lends zeros to `fill`, which writes the secret.
    init(byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Bool) {
        unsafe memory = .allocate(byteCount: byteCount, alignment: 8)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
        if unsafe !fill(memory) { LibraryFailure.end("libcrypto, to derive a key") }
    }

    deinit {
        unsafe OPENSSL_cleanse(memory.baseAddress, memory.count)
        unsafe memory.deallocate()
    }

    /// Overwrites memory that held secrets, in a way that is not optimized away.
    public static func wipe(_ memory: UnsafeMutableRawBufferPointer) { unsafe OPENSSL_cleanse(memory.baseAddress, memory.count) }

    public var byteCount: Int { unsafe memory.count }

    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe UnsafeBufferPointer(memory.assumingMemoryBound(to: UInt8.self))
            return unsafe _overrideLifetime(Span(_unsafeElements: bytes), borrowing: self)
        }
    }

    /// A part of it, as a secret of its own.
    func part(_ range: Range<Int>) -> Secret { Secret(span.extracting(range)) }

    /// The same bytes, compared in constant time.
    func isEqual(to other: Secret) -> Bool {
        byteCount == other.byteCount && (unsafe CRYPTO_memcmp(memory.baseAddress, other.memory.baseAddress, byteCount)) == 0
    }

    public var description: String { "a secret" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
