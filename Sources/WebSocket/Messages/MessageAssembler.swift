import Bytes

/// Joins one direction's data frames into messages (RFC 6455 §5.4), inflated and checked as UTF-8 on the way.
///
/// Keeps the first `keeping` bytes of a message; the rest is inflated, checked and counted all the same, so memory is bounded
/// and the next message is still right.
public struct MessageAssembler: ~Copyable {
    /// Output of the inflater is handled in pieces of this size.
    private static let chunkByteCount = 16_384

    /// Pieces up to this size, with what is put behind them, are inflated together with the end of their message.
    private static let joinedByteCount = 1_024

    /// True between the first frame of a message and its last.
    public private(set) var isOpen = false
    public private(set) var opcode = Opcode.continuation
    public private(set) var isCompressed = false
    public private(set) var frameCount: UInt64 = 0
    /// Payload bytes on the wire, of all frames so far.
    public private(set) var wireLength: UInt64 = 0
    /// Application bytes so far, whether kept or not.
    public private(set) var length: UInt64 = 0
    /// Bytes of the message are missing from the capture.
    public private(set) var isMissingBytes = false
    /// Application bytes were left out of `content` because of its limit; none is added behind them.
    public private(set) var isCut = false
    /// Application bytes that depend on a window nobody saw.
    public private(set) var unknownByteCount: UInt64 = 0
    /// Why the data did not inflate, in zlib's words.
    public private(set) var inflateFault: String?
    /// The message refers to messages before it, which the handshake forbids its sender.
    public private(set) var usesForgottenContext = false
    public private(set) var utf8 = UTF8Validator()
    /// The application bytes that were kept.
    public private(set) var content = ByteBuffer()
    /// How the sender compresses, when that was agreed on.
    private var compression: DeflateParameters.Side?
    private var hasKnownWindow = true
    /// The message's compressed data were ended, with `takeLast`.
    private var isEnded = false
    /// Made for the first compressed message: it takes 40 KB, and many connections agree on compression without using it.
    private var inflater: MessageInflater?
    /// Only where a smaller window than DEFLATE's own was agreed on.
    private var references: BackReferences?

    public init() {}

    /// True when `utf8` is a judgement of the sender's text: all of it so far was seen, inflated and known.
    public var isJudgeableText: Bool { opcode == .text && !isMissingBytes && unknownByteCount == 0 && inflateFault == nil }

    /// How far back the message's compressed data refer; only measured where a smaller window was agreed on.
    public private(set) var farthestReference = 0
    /// The window that was agreed on, in bytes.
    public var windowByteCount: Int { 1 << (compression?.windowBits ?? 15) }

    private var measuresReferences: Bool { windowByteCount < InflateStream.windowByteCount }

    // MARK: The negotiated compression

    /// True when compression was agreed on.
    public var inflates: Bool { compression != nil }

    /// Has compressed messages inflated from here on.
    public mutating func negotiate(_ side: DeflateParameters.Side, hasKnownWindow: Bool = true) {
        compression = side
        self.hasKnownWindow = hasKnownWindow
        inflater = nil
        references = nil
    }

    /// Asks for what the next compressed message needs and does not stand here.
    @inline(__always)
    public func prefetch() { inflater?.prefetch() }

    // MARK: A message

    /// Begins a message; one that is still open is given up.
    public mutating func begin(_ opcode: Opcode, isCompressed: Bool) {
        leaveMessage()
        isOpen = true
        self.opcode = opcode
        self.isCompressed = isCompressed
        if isCompressed, inflater == nil, let compression {
            inflater = MessageInflater(resetsContext: compression.resetsContext, hasKnownWindow: hasKnownWindow)
        }
        if isCompressed, measuresReferences {
            if references == nil { references = BackReferences() }
            references?.begin()
        }
        isEnded = false
        usesForgottenContext = false
        farthestReference = 0
        frameCount = 0
        wireLength = 0
        length = 0
        isMissingBytes = false
        isCut = false
        unknownByteCount = 0
        inflateFault = nil
        utf8 = UTF8Validator()
        content.removeAll()
    }

    public mutating func beginFrame() { frameCount += 1 }

    /// Takes unmasked payload bytes of the current frame; `chunk` is room for inflated bytes, lent by the caller.
    /// - Parameter isLast: nothing of the message follows, and `finish` is what comes next. Then both are done at once.
    public mutating func take(_ piece: Span<UInt8>, isLast: Bool = false, keeping limit: Int, chunk: inout ByteBuffer) {
        wireLength.raise(by: UInt64(piece.count))
        guard isCompressed else { return takeApplication(piece, keeping: limit) }
        // Behind a hole inside the compressed data nothing can be placed any more.
        guard !isMissingBytes else { return }
        if measuresReferences { farthestReference = references?.scan(piece) ?? 0 }
        if isLast, !piece.isEmpty, piece.count <= Self.joinedByteCount - MessageInflater.tail.count {
            return takeLast(piece, keeping: limit, chunk: &chunk)
        }
        var position = 0
        while true {
            chunk.removeAll()
            let progress = inflater?.inflate(piece, at: &position, into: &chunk, room: Self.chunkByteCount) ?? .needsInput
            takeApplication(chunk.span, keeping: limit)
            if case .more = progress { continue }
            return note(progress)
        }
    }

    /// Takes a message's last piece with the tail that its sender left out behind it.
    private mutating func takeLast(_ piece: Span<UInt8>, keeping limit: Int, chunk: inout ByteBuffer) {
        let tail = MessageInflater.tail
        unsafe withUnsafeTemporaryAllocation(byteCount: Self.joinedByteCount, alignment: 16) { room in
            // Invariant: both have room, which `take` asked for; what is read was written.
            unsafe piece.withUnsafeBytes { unsafe room.copyMemory(from: $0) }
            for index in tail.indices { unsafe room[piece.count &+ index] = tail[index] }
            let joined = unsafe Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(rebasing: room[..<(piece.count + tail.count)]))
            var position = 0
            while true {
                chunk.removeAll()
                let progress = inflater?.inflate(last: joined, at: &position, into: &chunk, room: Self.chunkByteCount) ?? .needsInput
                takeApplication(chunk.span, keeping: limit)
                if case .more = progress { continue }
                return note(progress)
            }
        }
        isEnded = true
    }

    /// Says that `count` payload bytes of the message are missing.
    public mutating func noteGap(_ count: UInt64) {
        wireLength.raise(by: count)
        isMissingBytes = true
        if isCompressed {
            inflater?.loseWindow()
        } else {
            length.raise(by: count)
        }
    }

    /// Ends the message's bytes; the facts stay readable until the next `begin`.
    public mutating func finish(keeping limit: Int, chunk: inout ByteBuffer) {
        defer { isOpen = false }
        // Of no bytes at all, there is nothing to end: what comes next would be taken for the rest of a block.
        guard isCompressed, !isMissingBytes, !isEnded, wireLength > 0 else { return }
        var position = 0
        while true {
            chunk.removeAll()
            let progress = inflater?.endMessage(at: &position, into: &chunk, room: Self.chunkByteCount) ?? .needsInput
            takeApplication(chunk.span, keeping: limit)
            if case .more = progress { continue }
            return note(progress)
        }
    }

    /// Makes ready for the next message, and gives back memory beyond `limit`.
    public mutating func reset(keepingAtMost limit: Int) {
        leaveMessage()
        content.removeAll(keepingAtMost: limit)
    }

    /// Says that an unknown number of messages went by unseen, behind what was seen of an open one.
    public mutating func loseTrack() {
        if isOpen { isMissingBytes = true }
        hasKnownWindow = false
        inflater?.loseWindow()
    }

    private mutating func leaveMessage() {
        if isCompressed {
            // Without its end, the compressed data stand somewhere inside a block.
            if isOpen { inflater?.loseWindow() }
            inflater?.beginNext()
        }
        isOpen = false
        isCompressed = false
    }

    private mutating func takeApplication(_ bytes: Span<UInt8>, keeping limit: Int) {
        length.raise(by: UInt64(bytes.count))
        if opcode == .text { utf8.feed(bytes) }
        guard !isCut else { return }
        let room = max(0, limit - content.count)
        isCut = bytes.count > room
        content.append(isCut ? bytes.extracting(0..<room) : bytes)
    }

    private mutating func note(_ progress: MessageInflater.Progress) {
        if let facts = inflater?.facts { (unknownByteCount, usesForgottenContext) = facts }
        if case .invalid(let reason) = progress, inflateFault == nil { inflateFault = reason }
    }
}

extension UInt64 {
    /// Adds a number from the wire, stopping at the largest: a gap's size and a header's length can be anything.
    fileprivate mutating func raise(by count: UInt64) {
        let (sum, overflowed) = addingReportingOverflow(count)
        self = overflowed ? .max : sum
    }
}
