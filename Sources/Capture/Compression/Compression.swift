import Bytes
import Decompression

/// How the bytes of a file may be compressed as a whole; known by how they begin.
public enum Compression: CaseIterable, Sendable {
    case gzip
    case zstd
    case xz
    case lz4
    case bzip2

    /// Bytes that it takes to know it.
    static let signatureLength = 4

    /// - Parameter bytes: the first, `signatureLength` if there are so many.
    init?(_ bytes: Span<UInt8>) {
        func begins(_ signature: UInt8...) -> Bool {
            bytes.count >= signature.count && signature.indices.allSatisfy { bytes[$0] == signature[$0] }
        }
        if begins(0x1F, 0x8B) {
            self = .gzip
        } else if begins(0x28, 0xB5, 0x2F, 0xFD) {
            self = .zstd
        } else if begins(0xFD, 0x37, 0x7A, 0x58) {
            self = .xz
        } else if begins(0x04, 0x22, 0x4D, 0x18) {
            self = .lz4
        } else if begins(0x42, 0x5A, 0x68), bytes.count > 3, (0x31...0x39).contains(bytes[3]) {
            // "BZh", and how many times 100 KB a block has.
            self = .bzip2
        } else {
            return nil
        }
    }

    /// A frame that decompressors pass over (RFC 8878 §3.1.2; the same in LZ4's frame format).
    static func isSkippable(_ bytes: Span<UInt8>) -> Bool {
        bytes.count >= 4 && bytes.uint32LE(at: 0) & 0xFFFF_FFF0 == 0x184D_2A50
    }

    /// As its program is called.
    public var name: String {
        switch self {
        case .gzip: "gzip"
        case .zstd: "zstd"
        case .xz: "xz"
        case .lz4: "lz4"
        case .bzip2: "bzip2"
        }
    }

    /// What names of such files end in.
    public var suffix: String {
        switch self {
        case .gzip: ".gz"
        case .zstd: ".zst"
        case .xz: ".xz"
        case .lz4: ".lz4"
        case .bzip2: ".bz2"
        }
    }

    /// Names of the library that decompresses it, and the package of Debian that has it; none for gzip, which is always there.
    var library: (names: [String], package: String) {
        switch self {
        case .gzip: ([], "")
        case .zstd: (ZstdLibrary.names, "libzstd1")
        case .xz: (["liblzma.so.5", "liblzma.5.dylib"], "liblzma5")
        case .lz4: (["liblz4.so.1", "liblz4.1.dylib"], "liblz4-1")
        case .bzip2: (["libbz2.so.1.0", "libbz2.so.1", "libbz2.1.0.dylib"], "libbz2-1.0")
        }
    }

    /// Bytes that a window may have, which a compressor chooses and a decompressor has to keep: as `zstd` has it without `--long`.
    static let windowLimit = 128 << 20

    /// What decompresses it; nil where the library is missing.
    func decompressor() -> (any Decompressor)? {
        switch self {
        case .gzip: GzipDecompressor()
        case .zstd: ZstdLibrary.shared.flatMap { ZstdDecompressor($0) }
        case .xz: XzLibrary.shared.flatMap { XzDecompressor($0) }
        case .lz4: LZ4Library.shared.flatMap { LZ4Decompressor($0) }
        case .bzip2: Bzip2Library.shared.flatMap { Bzip2Decompressor($0) }
        }
    }
}

/// What undoes a compression, a piece at a time.
protocol Decompressor: AnyObject {
    /// Goes on.
    /// - Parameters:
    ///   - input: the bytes that come next; empty for what it still holds.
    ///   - isLast: none come after these.
    ///   - room: takes what is decompressed; not empty.
    func decompress(_ input: UnsafeRawBufferPointer, isLast: Bool, into room: UnsafeMutableRawBufferPointer) -> DecompressionStep
}

/// What a call of a decompressor did.
struct DecompressionStep {
    /// Bytes of the input that it has taken.
    var takenCount: Int
    /// Bytes of the room that it has filled.
    var producedCount: Int
    /// What was compressed in one piece is complete: the input may end here, or more of the same kind follows.
    var isBetweenStreams: Bool
    var failure: SourceFailure?
}
