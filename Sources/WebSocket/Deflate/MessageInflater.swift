import Bytes

/// Inflates one direction's compressed messages (RFC 7692 §7.2.2), the window carried from message to message.
///
/// After a loss the window holds bytes that nobody captured. What a later message copies from there is unknowable, but *which*
/// bytes are copied is not: literals and copies are laid down by the compressed data alone. So while the window is not known,
/// the data are inflated twice, over windows that differ in every byte; where the results differ, a byte is unknown, and
/// everything else is exactly right. Once 32 KiB without an unknown byte have passed, one stream is enough again.
public struct MessageInflater: ~Copyable {
    /// Stands in the output for a byte that is not known; never part of UTF-8.
    public static let unknownByte: UInt8 = 0xFF

    public enum Progress: Equatable, Sendable {
        /// All input is inflated.
        case needsInput
        /// The output chunk is full; call again with the same input.
        case more
        /// These data do not inflate; why, mostly in zlib's words. Nothing more comes of this message.
        case invalid(String)
    }

    private var stream = InflateStream()
    /// Runs beside `stream` while the window has unknown bytes.
    private var shadow: InflateStream?
    private var shadowOutput = ByteBuffer()
    /// Known bytes put out since the last unknown one, while `shadow` runs.
    private var knownRun = 0
    private let resetsContext: Bool
    /// What a sender that resets its context has forgotten, or should have.
    private var past: PastOutput?
    /// The current message refers to messages before it although the sender resets its context.
    public private(set) var usesForgottenContext = false
    /// Unknown bytes in the current message so far.
    public private(set) var unknownByteCount: UInt64 = 0
    var facts: (unknownByteCount: UInt64, usesForgottenContext: Bool) { (unknownByteCount, usesForgottenContext) }
    private var hasFailed = false
    /// True where a DEFLATE stream would begin: before the message's first byte, and right behind a block with BFINAL=1.
    private var isBetweenStreams = true

    /// - Parameter hasKnownWindow: false when messages went before that were not seen.
    public init(resetsContext: Bool, hasKnownWindow: Bool = true) {
        self.resetsContext = resetsContext
        if resetsContext { past = PastOutput() }
        if !hasKnownWindow && !resetsContext { loseWindow() }
    }

    /// Says that compressed bytes are missing: the window, and the place within it, are unknown from here on.
    ///
    /// What is left of a message that has begun cannot be placed any more; the next thing to do is `beginNext`.
    public mutating func loseWindow() {
        hasFailed = false
        isBetweenStreams = true
        guard !resetsContext else {
            past?.forget()
            return stream.reset()
        }
        knownRun = 0
        shadow = shadow.take() ?? InflateStream()
        // The two fill bytes differ from one another, and so does every copy made of them.
        let fill = [UInt8](repeating: 0x3F, count: InflateStream.windowByteCount)
        let other = [UInt8](repeating: 0xC0, count: InflateStream.windowByteCount)
        stream.reset(window: fill.span)
        shadow?.reset(window: other.span)
    }

    func prefetch() { stream.prefetch() }

    /// What a sender leaves out at the end of a message (RFC 7692 §7.2.1).
    static let tail: [4 of UInt8] = [0x00, 0x00, 0xFF, 0xFF]

    /// Inflates a piece of the current message from `position` on; appends at most `room` bytes, at least 1, to `output`.
    public mutating func inflate(_ piece: Span<UInt8>, at position: inout Int, into output: inout ByteBuffer, room: Int) -> Progress {
        inflate(piece, end: piece.count, at: &position, into: &output, room: room)
    }

    /// Inflates the last piece of the current message and ends it, which costs one call of zlib in place of two.
    ///
    /// Called again, with the same piece, while it answers `more`.
    /// - Parameter joined: the piece, of one byte at least, and `tail` behind it.
    mutating func inflate(last joined: Span<UInt8>, at position: inout Int, into output: inout ByteBuffer, room: Int) -> Progress {
        let progress = inflate(joined, end: joined.count - Self.tail.count, at: &position, into: &output, room: room)
        return judgeEnd(progress)
    }

    /// - Parameter end: where the message's own bytes end. A final block that ends there makes what follows superfluous.
    private mutating func inflate(
        _ piece: Span<UInt8>, end own: Int, at position: inout Int, into output: inout ByteBuffer, room: Int
    ) -> Progress {
        guard !hasFailed else {
            position = piece.count
            return .needsInput
        }
        let end = output.count + room
        while true {
            let before = output.count
            let left = end - before
            if position < piece.count { isBetweenStreams = false }
            let start = position
            var shadowPosition = position
            let status = stream.run(piece, at: &position, into: &output, room: left)
            if shadow != nil {
                shadowOutput.removeAll()
                _ = shadow?.run(piece, at: &shadowPosition, into: &shadowOutput, room: left)
                markUnknown(in: &output, from: before)
            }
            if case .invalid(InflateStream.tooFarBack) = status, takeUp(&output, from: before) {
                position = start
                if output.count >= end { return .more }
                continue
            }
            if resetsContext { past?.add(piece.extracting(start..<position), output.span.extracting(before..<output.count)) }
            switch status {
            case .needsInput: return .needsInput
            case .outputFull:
                // Where a block ends with the room, nothing waits; asked for more, zlib would forget that it stands between blocks.
                return position == piece.count && stream.isBetweenBlocks ? .needsInput : .more
            case .invalid(let reason):
                position = piece.count
                hasFailed = true
                return .invalid(reason)
            case .ended:
                // A final block ends zlib's stream but neither the message nor the window.
                stream.resume()
                shadow?.resume()
                isBetweenStreams = true
                if position == own { position = piece.count }
                if position == piece.count { return .needsInput }
                if output.count == end { return .more }
            }
        }
    }

    /// Ends the message: inflates the four bytes that the sender left out, `00 00 FF FF`.
    ///
    /// Called again, with more room, while it answers `more`.
    public mutating func endMessage(at position: inout Int, into output: inout ByteBuffer, room: Int) -> Progress {
        // Without the empty block that RFC 7692 §7.2.3.4 puts behind a final block, the four bytes would be read as its length;
        // likewise without any payload, where §7.2.3.6 wants an empty block.
        guard !isBetweenStreams else { return .needsInput }
        return judgeEnd(inflate(Self.tail.span, at: &position, into: &output, room: room))
    }

    private mutating func judgeEnd(_ progress: Progress) -> Progress {
        guard case .needsInput = progress, !hasFailed, !isBetweenStreams, !stream.isBetweenBlocks else { return progress }
        // Whatever came next would be read as the rest of the block.
        hasFailed = true
        return .invalid("the data end inside a block")
    }

    /// Makes ready for the next message; one that failed leaves the window unknown.
    public mutating func beginNext() {
        past?.beginMessage()
        usesForgottenContext = false
        unknownByteCount = 0
        isBetweenStreams = true
        if resetsContext {
            shadow = nil
            hasFailed = false
            stream.reset()
        } else if hasFailed {
            loseWindow()
        } else if shadow != nil, knownRun >= InflateStream.windowByteCount {
            shadow = nil
        }
    }

    /// Goes on with the window of the messages before, when that is what the current one needs.
    private mutating func takeUp(_ output: inout ByteBuffer, from place: Int) -> Bool {
        guard !usesForgottenContext else { return false }
        var extra = ByteBuffer()
        guard let replayed = past?.replay(extra: &extra) else { return false }
        output.truncate(to: place)
        output.append(contentsOf: extra)
        past?.add(Span(), extra.span)
        stream = replayed
        usesForgottenContext = true
        return true
    }

    private mutating func markUnknown(in output: inout ByteBuffer, from start: Int) {
        let count = min(output.count - start, shadowOutput.count)
        for index in 0..<count {
            if output.span[start + index] == shadowOutput.span[index] {
                knownRun += 1
            } else {
                output.replace(at: start + index, with: Self.unknownByte)
                unknownByteCount += 1
                knownRun = 0
            }
        }
    }
}
