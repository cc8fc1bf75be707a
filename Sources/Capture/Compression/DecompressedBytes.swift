/// The bytes of an origin, decompressed: streams one after another, as `zcat` and its like do.
///
/// What cannot be decompressed is an error, reported when everything before it was handed out.
@safe
struct DecompressedBytes: ~Copyable {
    private let compression: Compression
    private let decompressor: (any Decompressor)?
    /// What was read of the origin, of which the bytes from `start` to `end` are not decompressed.
    private let input: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    private var isInputAtEnd = false
    private var isBetweenStreams: Bool
    /// The last call filled its room, so that there may be more without further input.
    private var mayHoldOutput = false
    private var failure: SourceFailure?

    /// - Parameters:
    ///   - beginning: what was already read of the origin, at most `ByteSource.chunkLength` bytes.
    ///   - isEmpty: nothing has to follow.
    init(_ compression: Compression, beginning: UnsafeRawBufferPointer, isEmpty: Bool = false) {
        precondition(beginning.count <= ByteSource.chunkLength)
        self.compression = compression
        decompressor = compression.decompressor()
        if decompressor == nil { failure = .lacksLibrary(compression) }
        unsafe input = .allocate(byteCount: ByteSource.chunkLength, alignment: 16)
        unsafe input.copyMemory(from: beginning)
        end = beginning.count
        isBetweenStreams = isEmpty
    }

    deinit { unsafe input.deallocate() }

    /// Decompresses into `room` what can be had, reading only when nothing can; 0 is the end.
    mutating func read(from origin: inout ByteOrigin, into room: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        let roomCount = min(room.count, ByteSource.chunkLength)
        var count = 0
        while count < roomCount, failure == nil {
            if start == end, !mayHoldOutput, !isInputAtEnd {
                if count > 0 { return count }
                try refill(from: &origin)
            }
            if start == end, isInputAtEnd, isBetweenStreams { return count }
            count += unsafe step(into: UnsafeMutableRawBufferPointer(rebasing: room[count..<roomCount]))
        }
        if count == 0, let failure { throw failure }
        return count
    }

    private mutating func step(into room: UnsafeMutableRawBufferPointer) -> Int {
        // Invariant: `start..<end` lies inside the buffer and was read.
        let rest = unsafe UnsafeRawBufferPointer(rebasing: input[start..<end])
        guard let step = unsafe decompressor?.decompress(rest, isLast: isInputAtEnd, into: room) else { return 0 }
        let hasMoved = step.takenCount > 0 || step.producedCount > 0
        start += step.takenCount
        failure = step.failure
        if failure == nil, !hasMoved, !step.isBetweenStreams {
            if isInputAtEnd, start == end {
                failure = .endsEarly(compression)
            } else if start < end, !mayHoldOutput {
                failure = .corrupt(compression, "it makes no sense")
            }
        }
        isBetweenStreams = step.isBetweenStreams
        mayHoldOutput = step.producedCount == room.count && !isBetweenStreams
        return step.producedCount
    }

    private mutating func refill(from origin: inout ByteOrigin) throws(SourceFailure) {
        (start, end) = (0, 0)
        end = try unsafe origin.read(into: input)
        isInputAtEnd = end == 0
    }
}
