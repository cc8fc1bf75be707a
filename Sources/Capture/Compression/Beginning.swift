import Bytes

/// The first bytes of an origin, in a room, by which it is known how they are compressed.
@safe
struct Beginning {
    private let room: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    /// - Parameter room: takes at least eight bytes.
    init(room: UnsafeMutableRawBufferPointer) {
        unsafe self.room = UnsafeMutableRawBufferPointer(rebasing: room[..<min(room.count, ByteSource.chunkLength)])
    }

    var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(rebasing: room[..<count]) }

    var compression: Compression? { unsafe Compression(Span(_unsafeBytes: bytes)) }
    var isSkippable: Bool { unsafe Compression.isSkippable(Span(_unsafeBytes: bytes)) }

    /// Reads until so many bytes are there, or the origin ends.
    mutating func fill(_ wanted: Int, from origin: inout ByteOrigin) throws(SourceFailure) {
        while count < wanted {
            let added = try unsafe origin.read(into: UnsafeMutableRawBufferPointer(rebasing: room[count...]))
            if added == 0 { return }
            count += added
        }
    }

    /// Passes over skippable frames: what they stand before says by its own beginning what it is.
    mutating func passSkippable(from origin: inout ByteOrigin) throws(SourceFailure) {
        while isSkippable {
            try fill(8, from: &origin)
            guard count >= 8 else { throw .endsEarly(.zstd) }
            var left = 8 + Int(unsafe Span<UInt8>(_unsafeBytes: bytes).uint32LE(at: 4))
            while true {
                let passed = min(left, count)
                left -= passed
                unsafe room.copyMemory(from: UnsafeRawBufferPointer(rebasing: room[passed..<count]))
                count -= passed
                if left == 0 { break }
                try fill(1, from: &origin)
                guard count > 0 else { throw .endsEarly(.zstd) }
            }
            try fill(Compression.signatureLength, from: &origin)
        }
    }
}
