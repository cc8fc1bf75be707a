import System

/// Where an input's bytes come from: a file, a pipe or memory, decompressed on the way where their beginning says that they are compressed.
///
/// Owns the file descriptor (closed at the end, except standard input) and the state of decompression.
public struct ByteSource: ~Copyable {
    /// Bytes asked for with one read(2).
    static let chunkLength = 256 << 10

    private enum Encoding {
        case unknown
        case plain
        case compressed(Compression)
    }

    private var origin: ByteOrigin
    private var encoding = Encoding.unknown
    private var decompressed: DecompressedBytes?
    /// Why not even the first bytes could be read.
    private var failure: SourceFailure?
    /// What was read to see how it begins, and is still to be handed out.
    private var beginning: [UInt8] = []
    private var beginningPosition = 0

    /// Opens a file, or anything else that open(2) opens; of `HeldFiles`, that one.
    public init(path: String) throws(CaptureError) {
        self.init(origin: try Self.origin(path, at: 0))
    }

    /// Opens a file that is not compressed, to read it from a place on.
    init(path: String, at offset: UInt64) throws(CaptureError) {
        self.init(origin: try Self.origin(path, at: offset))
        encoding = .plain
    }

    private init(origin: consuming ByteOrigin) { self.origin = origin }

    public static func standardInput() -> ByteSource {
        ByteSource(origin: ByteOrigin(descriptor: .standardInput, isOwned: false))
    }

    /// Bytes in memory, handed out at most `portion` at a time as a slow pipe would.
    public init(_ bytes: [UInt8], portion: Int = .max) {
        origin = ByteOrigin(bytes: bytes, portion: max(1, portion))
    }

    /// How the bytes were found to be compressed; known from the first read on.
    var compression: Compression? {
        guard case .compressed(let compression) = encoding else { return nil }
        return compression
    }

    /// Reads into `room` what is there, waiting only while nothing is; 0 is the end of the input.
    ///
    /// `room` takes at least eight bytes.
    package mutating func read(into room: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        if beginningPosition < beginning.count { return unsafe takeBeginning(into: room) }
        return try unsafe readOn(into: room)
    }

    private mutating func readOn(into room: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        if let failure { throw failure }
        switch encoding {
        case .plain: return try unsafe origin.read(into: room)
        case .compressed: return try unsafe decompressed?.read(from: &origin, into: room) ?? 0
        case .unknown: return try unsafe firstRead(into: room)
        }
    }

    /// What the first read gives, and more where that is too little to say what it is; the next read hands the same out.
    ///
    /// As many bytes at a time as a reader asks for, so that it sees as far ahead as if nobody had looked.
    package mutating func peek() -> [UInt8] {
        let limit = Self.chunkLength
        beginning = unsafe [UInt8](unsafeUninitializedCapacity: limit) { room, count in
            var isBlank = true
            while count < 4 || isBlank && count < limit {
                // A failure comes again when the bytes are read.
                let added = try? unsafe readOn(into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: room[count...])))
                guard let added, added > 0 else { break }
                if isBlank { isBlank = unsafe room[count..<count + added].allSatisfy { $0 <= 0x20 } }
                count += added
            }
        }
        return beginning
    }

    private mutating func takeBeginning(into room: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(room.count, beginning.count - beginningPosition)
        unsafe beginning.withUnsafeBytes { bytes in
            unsafe room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[beginningPosition..<beginningPosition + count]))
        }
        beginningPosition += count
        if beginningPosition == beginning.count { (beginning, beginningPosition) = ([], 0) }
        return count
    }

    /// All bytes of a small file.
    public mutating func readAll(limit: Int) throws(CaptureError) -> [UInt8] {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 1)
        defer { unsafe room.deallocate() }
        var bytes: [UInt8] = []
        do throws(SourceFailure) {
            while bytes.count < limit {
                let count = try unsafe read(into: room)
                if count == 0 { break }
                unsafe bytes.append(contentsOf: room[..<count])
            }
        } catch {
            throw CaptureError(.unreadable, "reading failed")
        }
        return bytes
    }

    private static func origin(_ path: String, at offset: UInt64) throws(CaptureError) -> ByteOrigin {
        if let held = HeldFiles.descriptor(of: path) { return ByteOrigin(held: held, at: Int(clamping: offset)) }
        do throws(SystemError) {
            if let failure = HeldFiles.failure(of: path) { throw failure }
            let descriptor = try Descriptor.reading(path)
            do throws(SystemError) {
                if offset > 0 { try descriptor.seek(to: offset) }
            } catch {
                descriptor.close()
                throw error
            }
            guard FileStatus(of: descriptor)?.kind != .directory else {
                descriptor.close()
                throw SystemError.isDirectory
            }
            return ByteOrigin(descriptor: descriptor, isOwned: true)
        } catch {
            guard error != .isDirectory else { throw CaptureError(.noInput, "\(path): is a directory, not a capture file") }
            throw CaptureError(error.isMissing ? .noInput : error.isDenied ? .noPermission : .unreadable, "\(path): \(error.words)")
        }
    }

    private mutating func firstRead(into room: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        var beginning = unsafe Beginning(room: room)
        var isSkipping = false
        do throws(SourceFailure) {
            // A pipe may deliver a single byte, which cannot tell compressed data from anything else.
            try beginning.fill(Compression.signatureLength, from: &origin)
            isSkipping = beginning.isSkippable
            if isSkipping { try beginning.passSkippable(from: &origin) }
        } catch {
            failure = error
            throw error
        }
        guard let compression = beginning.compression ?? (isSkipping ? .zstd : nil) else {
            encoding = .plain
            return beginning.count
        }
        encoding = .compressed(compression)
        decompressed = unsafe DecompressedBytes(compression, beginning: beginning.bytes, isEmpty: isSkipping && beginning.count == 0)
        return try unsafe readOn(into: room)
    }
}
