import Bytes
import Inspection
import Redaction
import WebSocket

/// Plans what becomes of the bytes of one WebSocket connection when its secrets are removed and every length is kept.
///
/// The finder is that of the reports, so what they would mark is overwritten here.
struct StreamConcealer {
    /// Frames of one message that are remembered until it is whole; a message of more is overwritten.
    private static let fragmentCount = 10_000

    /// A frame of a message that is not whole yet.
    private struct Fragment {
        /// Stream offset of its payload.
        var offset: UInt64
        var length: UInt64
        var key: UInt32
    }

    var finder: SecretFinder
    private var fragments: [Side: [Fragment]] = [:]
    var removed = Removed()
    /// Nothing that is said is let through.
    private let hidesAll: Bool

    /// - Parameter hidesAll: all payload is overwritten, secret or not.
    init(_ names: SecretNames, hidesAll: Bool = false) {
        finder = SecretFinder(names)
        self.hidesAll = hidesAll
    }

    // MARK: Frames

    /// - Parameter offset: the frame's, in the stream.
    mutating func conceal(
        _ frame: Frame, at offset: UInt64, _ payload: Span<UInt8>, ending message: Message?, _ content: Span<UInt8>,
        into plan: inout StreamPlan
    ) {
        let header = frame.header
        let start = offset + UInt64(header.byteCount)
        plan.add(offset..<start, .keep)
        // A length is any number, and a stream is never as long as this.
        let fragment = Fragment(
            offset: start, length: min(header.length, UInt64.max / 2 - start), key: header.isMasked ? header.maskingKey : 0)
        if header.opcode.isControl { return conceal(control: frame, fragment, payload, into: &plan) }
        guard frame.isComplete else {
            removed.payloads += 1
            // What there is of the message's other frames is not let through either.
            let open = fragments.removeValue(forKey: frame.from) ?? []
            return overwrite(open + [fragment], into: &plan)
        }
        if let message, message.frameCount == 1 { return conceal(message, [fragment], content, into: &plan) }
        fragments[frame.from, default: []].append(fragment)
        guard let message else {
            if let open = fragments[frame.from], open.count > Self.fragmentCount {
                overwrite(open, into: &plan)
                fragments[frame.from] = []
            }
            return
        }
        conceal(message, fragments.removeValue(forKey: frame.from) ?? [], content, into: &plan)
    }

    /// The message that a side had begun will not be whole.
    mutating func abandon(_ side: Side, into plan: inout StreamPlan) {
        guard let open = fragments.removeValue(forKey: side) else { return }
        removed.payloads += 1
        overwrite(open, into: &plan)
    }

    private mutating func conceal(control frame: Frame, _ fragment: Fragment, _ payload: Span<UInt8>, into plan: inout StreamPlan) {
        let isClose = frame.header.opcode == .close && payload.count >= 2
        let text = payload.extracting((isClose ? 2 : 0)..<payload.count)
        guard frame.isComplete, text.isPrintable, !hidesAll else {
            if fragment.length > 0 { removed.payloads += 1 }
            return overwrite([fragment], into: &plan, from: isClose ? 2 : 0)
        }
        replace(finder.find(inText: text), in: text, [fragment], from: isClose ? 2 : 0, into: &plan)
    }

    private mutating func conceal(_ message: Message, _ pieces: [Fragment], _ content: Span<UInt8>, into plan: inout StreamPlan) {
        let length = pieces.reduce(0) { $0 + $1.length }
        let isWhole = length == message.wireLength && message.isComplete
        guard isWhole, !message.isCompressed, message.isValidText, !hidesAll, UInt64(content.count) == message.length else {
            if length > 0 { removed.payloads += 1 }
            return isWhole && message.isCompressed ? deflate(pieces, count: length, into: &plan) : overwrite(pieces, into: &plan)
        }
        replace(finder.find(inText: content), in: content, pieces, into: &plan)
    }

    // MARK: Treatments

    private func overwrite(_ pieces: [Fragment], into plan: inout StreamPlan, from first: UInt64 = 0) {
        for piece in pieces where piece.length > 0 {
            let kept = min(first, piece.length)
            plan.add(piece.offset..<piece.offset + kept, .keep)
            let mask = StreamPlan.Mask(key: piece.key, phase: kept)
            plan.add(piece.offset + kept..<piece.offset + piece.length, .fill(mask))
        }
    }

    private func deflate(_ pieces: [Fragment], count: UInt64, into plan: inout StreamPlan) {
        var origin: UInt64 = 0
        for piece in pieces where piece.length > 0 {
            let mask = StreamPlan.Mask(key: piece.key, phase: 0)
            plan.add(piece.offset..<piece.offset + piece.length, .deflate(count: count, origin: origin, mask))
            origin += piece.length
        }
    }

    /// Overwrites secrets in the text that the payloads of `pieces` make up, but for the `first` bytes of the first.
    private mutating func replace(
        _ secrets: [Secret], in text: Span<UInt8>, _ pieces: [Fragment], from first: Int = 0, into plan: inout StreamPlan
    ) {
        removed.count(secrets)
        guard !secrets.isEmpty else {
            for piece in pieces { plan.add(piece.offset..<piece.offset + piece.length, .keep) }
            return
        }
        var bytes = text.copied()
        Marker.fill(secrets, in: &bytes)
        var start = -first
        for piece in pieces {
            let end = start + Int(piece.length)
            var kept = start
            for secret in secrets where secret.range.upperBound > start && secret.range.lowerBound < end {
                let range = max(secret.range.lowerBound, start)..<min(secret.range.upperBound, end)
                plan.add(piece.offset + UInt64(kept - start)..<piece.offset + UInt64(range.lowerBound - start), .keep)
                let masked = range.map { place in
                    bytes[place] ^ StreamPlan.Mask(key: piece.key, phase: UInt64(place - start)).byte(at: 0)
                }
                plan.add(at: piece.offset + UInt64(range.lowerBound - start), replacement: masked)
                kept = range.upperBound
            }
            plan.add(piece.offset + UInt64(kept - start)..<piece.offset + piece.length, .keep)
            start = end
        }
    }

    /// A finding as it may be shown.
    mutating func shown(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let secrets = finder.find(inText: bytes.span)
        return secrets.isEmpty ? text : Marker.replaced(secrets, in: bytes)
    }
}
