import Bytes

/// Inflates one direction's compressed messages (RFC 7692 §7.2.2), the window carried from message to message.
///
/// After a loss the window holds bytes that nobody captured. What a later message copies from there is unknowable, but *which*
/// bytes are copied is not: literals and copies are laid down by the compressed data alone. So while the window is not known,
/// the data are inflated twice, over windows that differ in every byte; where the results differ, a byte is unknown, and
/// everything else is exactly right. Once 32 KiB without an unknown byte have passed, one stream is enough again.
public struct MessageInflater: ~Copyable {
    /// Stands in the output for a byte that is not known. Never part of UTF-8.
    public static let unknownByte: UInt8 = 0xFF

    public enum Progress: Equatable, Sendable {
        /// All input is inflated.
        case needsInput
        /// The output chunk is full; call again with the same input.
        case more
        /// These data do not inflate; why, in zlib's words. Nothing more comes of this message.
        case invalid(String)
    }

    private var stream = InflateStream()
    /// Runs beside `stream` while the window has unknown bytes.
    private var shadow: InflateStream?
    private var shadowOutput = ByteBuffer()
    /// Known bytes put out since the last unknown one, while `shadow` runs.
    private var knownRun = 0
    private let resetsContext: Bool
    /// Unknown bytes in the current message so far.
    public private(set) var unknownByteCount: UInt64 = 0
    private var hasFailed = false
    /// True right behind a block with BFINAL=1, where a new DEFLATE stream would begin.
    private var isBehindFinalBlock = false

    /// - Parameter hasKnownWindow: false when messages went before that were not seen.
    public init(resetsContext: Bool, hasKnownWindow: Bool = true) {
        self.resetsContext = resetsContext
        if !hasKnownWindow && !resetsContext { loseWindow() }
    }

    /// Says that compressed bytes are missing: the window, and the place within it, are unknown from here on.
    public mutating func loseWindow() {
        hasFailed = false
        knownRun = 0
        shadow = shadow.take() ?? InflateStream()
        // The two fill bytes differ from one another, and so does every copy made of them.
        let fill = [UInt8](repeating: 0x3F, count: InflateStream.windowByteCount)
        let other = [UInt8](repeating: 0xC0, count: InflateStream.windowByteCount)
        stream.reset(window: fill.span)
        shadow?.reset(window: other.span)
    }

    /// Inflates a piece of the current message from `position` on; appends at most `room` bytes to `output`.
    public mutating func inflate(_ piece: Span<UInt8>, at position: inout Int, into output: inout ByteBuffer, room: Int) -> Progress {
        guard !hasFailed else {
            position = piece.count
            return .needsInput
        }
        while true {
            let before = output.count
            if position < piece.count { isBehindFinalBlock = false }
            var shadowPosition = position
            let status = stream.run(piece, at: &position, into: &output, room: room)
            if shadow != nil {
                shadowOutput.removeAll()
                _ = shadow?.run(piece, at: &shadowPosition, into: &shadowOutput, room: room)
                markUnknown(in: &output, from: before)
            }
            switch status {
            case .needsInput: return .needsInput
            case .outputFull: return .more
            case .invalid(let reason):
                position = piece.count
                hasFailed = true
                return .invalid(reason)
            case .ended:
                // A final block ends zlib's stream but neither the message nor the window.
                carryWindow()
                isBehindFinalBlock = true
                if position == piece.count { return .needsInput }
                if output.count - before == room { return .more }
            }
        }
    }

    /// Ends the message: inflates the four bytes that the sender left out, `00 00 FF FF`.
    ///
    /// Called again, with more room, while it answers `more`.
    public mutating func endMessage(at position: inout Int, into output: inout ByteBuffer, room: Int) -> Progress {
        // Without the empty block that RFC 7692 §7.2.3.4 puts behind a final block, the four bytes would be read as its length.
        guard !isBehindFinalBlock else { return .needsInput }
        let tail: [4 of UInt8] = [0x00, 0x00, 0xFF, 0xFF]
        return inflate(tail.span, at: &position, into: &output, room: room)
    }

    /// Makes ready for the next message. A message that failed leaves the window unknown.
    public mutating func beginNext() {
        unknownByteCount = 0
        isBehindFinalBlock = false
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

    private mutating func carryWindow() {
        var window = ByteBuffer()
        stream.copyWindow(into: &window)
        stream.reset(window: window.span)
        guard shadow != nil else { return }
        window.removeAll()
        shadow?.copyWindow(into: &window)
        shadow?.reset(window: window.span)
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
