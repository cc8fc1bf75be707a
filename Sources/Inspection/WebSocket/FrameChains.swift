import Bytes
import WebSocket

/// Finds where frames begin again in bytes of which the first may be the rest of a frame.
///
/// Each offset is taken for the start of a frame. It can be one only if the frame that follows can, and so on up to the end of
/// the bytes; so the offsets are looked at from the last to the first, each once. What every frame of such a chain has in
/// common with real ones counts as evidence, in bits: how much rarer an accident becomes with it.
struct FrameChains {
    /// Frames of a client, which are masked.
    let isMasked: Bool
    /// RSV1 may be set on the first frame of a message.
    let allowsCompression: Bool

    /// The chain that begins at an offset.
    private struct Link {
        /// Bits of evidence, at most `evidenceLimit`; negative where no frame can begin.
        var evidence: Int32 = -1
        /// Frames with a payload that are there whole, up to 255.
        var filledCount: UInt8 = 0
        /// How many frames ended where a packet ended, up to 255.
        var exactEndCount: UInt8 = 0
        /// Empty frames that the chain begins with.
        var emptyRun: UInt8 = 0
        /// Frames that may end here, up to 255.
        var precedingCount: UInt8 = 0
        var message = MessageState.either
    }

    /// What a chain says of fragmented messages at its beginning.
    private enum MessageState { case either, closed, open }

    private static let evidenceLimit: Int32 = 1 << 20
    /// Evidence beyond that which makes up for the number of offsets: one accident in 16,384 searches.
    private static let margin: Int32 = 14
    /// Evidence of a frame and those before it in the chain at which it counts as one: one accident in a million searches.
    private static let beginningEvidence: Int32 = 20
    /// What it proves that a frame begins where a packet's bytes do.
    private static let pieceStartEvidence: Int32 = 8

    /// What may be the first frame of a chain: it begins where a packet's bytes begin.
    struct Candidate {
        let offset: Int
        /// A frame of the chain ends where a packet ends.
        let endsExactly: Bool
    }

    /// The offset at which the first frame begins that is hardly an accident; nil if none is.
    ///
    /// - Parameter isPieceStart: whether a packet's bytes begin at an offset, or, at the end of the bytes, whether one ended there.
    func start(in bytes: Span<UInt8>, _ candidate: Candidate?, isPieceStart: (Int) -> Bool) -> Int? {
        let links = links(bytes, isPieceStart)
        let needed = Self.margin + Int32(Int.bitWidth - max(bytes.count, 1).leadingZeroBitCount)
        var best: Int?
        for index in bytes.indices where isConvincing(links[index], needed) && links[index].evidence > best.map({ links[$0].evidence }) ?? 0
        {
            best = index
        }
        let start = best.flatMap { firstReliable(from: $0, in: bytes, links, needed, isPieceStart) }
        guard let candidate, candidate.offset < start ?? .max else { return start }
        if candidate.endsExactly { return firstUnrivalled(from: candidate.offset, in: bytes, links, isPieceStart) }
        return firstReliable(from: candidate.offset, in: bytes, links, needed, isPieceStart) ?? start
    }

    /// The first frame of a chain of which it, and those before it, can hardly be an accident; nil if none is.
    ///
    /// Bytes before a chain may look like one frame more, or like several. It is better to leave frames out than to invent one.
    private func firstReliable(
        from start: Int, in bytes: Span<UInt8>, _ links: [Link], _ needed: Int32, _ isPieceStart: (Int) -> Bool
    ) -> Int? {
        var index = start
        var passed: Int32 = 0
        while index < bytes.count, isConvincing(links[index], needed), let end = end(of: index, in: bytes) {
            if isDistinct(bytes, at: index) { return index }
            passed += links[index].evidence - links[end].evidence
            if passed + (isPieceStart(index) ? Self.pieceStartEvidence : 0) >= Self.beginningEvidence { return index }
            index = end
        }
        return nil
    }

    /// A frame of which a packet's bytes begin, or the next one, if more than this frame may end where it ends.
    ///
    /// Then it may be the rest of one frame, and others that are whole.
    private func firstUnrivalled(from start: Int, in bytes: Span<UInt8>, _ links: [Link], _ isPieceStart: (Int) -> Bool) -> Int {
        guard let end = end(of: start, in: bytes), end < bytes.count, !isPieceStart(end), links[end].precedingCount > 1 else {
            return start
        }
        return isDistinct(bytes, at: start) ? start : end
    }

    /// Where the frame ends that begins at an offset; nil if that is beyond the bytes.
    private func end(of index: Int, in bytes: Span<UInt8>) -> Int? { frame(at: index, in: bytes)?.payload.upperBound }

    /// The frame that begins at an offset; nil if it is not there whole.
    private func frame(at index: Int, in bytes: Span<UInt8>) -> (header: FrameHeader, payload: Range<Int>)? {
        guard let header = FrameHeader(bytes, at: index), header.length <= UInt64(bytes.count - index - header.byteCount) else {
            return nil
        }
        let start = index + header.byteCount
        return (header, start..<start + Int(header.length))
    }

    private func isConvincing(_ link: Link, _ needed: Int32) -> Bool {
        link.evidence >= needed && (link.filledCount >= 3 || link.filledCount >= 2 && link.exactEndCount >= 1)
    }

    // MARK: Chains

    private func links(_ bytes: Span<UInt8>, _ isPieceStart: (Int) -> Bool) -> [Link] {
        var links = [Link](repeating: Link(), count: bytes.count + 1)
        links[bytes.count].evidence = 0
        for index in stride(from: bytes.count - 1, through: 0, by: -1) where isPossible(bytes[index]) {
            guard let header = FrameHeader(bytes, at: index) else {
                // A header of which the end has not come.
                if index + 1 == bytes.count || (bytes[index + 1] & 0x80 != 0) == isMasked { links[index].evidence = 0 }
                continue
            }
            guard isPossible(header) else { continue }
            let start = index + header.byteCount
            guard header.length <= UInt64(bytes.count - start) else {
                if header.length < 1 << 32 { links[index] = Link(evidence: 0, message: before(header, .either) ?? .either) }
                continue
            }
            let end = start + Int(header.length)
            guard links[end].evidence >= 0, let message = before(header, links[end].message) else { continue }
            guard let content = evidence(of: header, bytes.extracting(start..<end)) else { continue }
            var link = links[end]
            links[end].precedingCount = min(link.precedingCount + 1, 254)
            link.precedingCount = 0
            link.message = message
            if header.length == 0 {
                guard link.emptyRun < 3 else { continue }
                link.emptyRun += 1
            } else {
                link.emptyRun = 0
                link.filledCount = min(link.filledCount + 1, 254)
                // Six bits for one of the first bytes that there are, one for the mask; two more for a frame like the next.
                let proved = content + (end < bytes.count && bytes[end] == bytes[index] ? 7 : 5)
                // What repeats proves little: if it looks like a frame once, it does so each time.
                link.evidence += repeats(bytes, index, end) ? 1 : proved
            }
            if isPieceStart(end) {
                link.exactEndCount = min(link.exactEndCount + 1, 254)
                if header.length > 0 { link.evidence += 6 }
            }
            link.evidence = min(link.evidence, Self.evidenceLimit)
            links[index] = link
        }
        return links
    }

    /// Whether a frame can begin with this byte: no reserved opcode, no reserved bit but RSV1, no fragmented control frame.
    private func isPossible(_ first: UInt8) -> Bool {
        switch first {
        case 0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A: true
        case 0x41, 0x42, 0xC1, 0xC2: allowsCompression
        default: false
        }
    }

    private func isPossible(_ header: FrameHeader) -> Bool {
        guard header.isMasked == isMasked, header.isLengthMinimal else { return false }
        if header.opcode.isControl { return header.length <= 125 }
        return header.length > 0 || header.isFinal
    }

    /// What is known of messages before a frame, given what is known after it; nil if the frame does not go with that.
    private func before(_ header: FrameHeader, _ after: MessageState) -> MessageState? {
        if header.opcode.isControl { return after }
        guard after == .either || after == (header.isFinal ? .closed : .open) else { return nil }
        return header.opcode == .continuation ? .open : .closed
    }

    /// Whether the bytes of a frame are the same as those that follow it, as far as they are looked at.
    private func repeats(_ bytes: Span<UInt8>, _ index: Int, _ end: Int) -> Bool {
        let count = min(end - index, Self.sampleByteCount)
        guard count <= bytes.count - end else { return false }
        for position in 0..<count where bytes[index + position] != bytes[end + position] { return false }
        return true
    }

    // MARK: Content

    /// Bytes of a text that are looked at, so that the work stays in proportion to the bytes.
    private static let sampleByteCount = 64

    /// What the payload of a whole frame proves, in bits; nil if it cannot be the payload of this frame.
    private func evidence(of header: FrameHeader, _ payload: Span<UInt8>) -> Int32? {
        switch header.opcode {
        case .close:
            if payload.isEmpty { return 0 }
            guard let code = CloseBody(plain(payload, header).span).code else { return nil }
            return (1000...4999).contains(code.rawValue) ? 4 : nil
        case .text where !header.hasRSV1 && header.isFinal:
            let sample = plain(payload, header)
            guard isText(sample.span, isWhole: sample.count == payload.count) else { return nil }
            return sample.span.hasControlBytes ? 0 : Int32(min(payload.count, 16))
        default: return 0
        }
    }

    /// The first bytes of a payload, unmasked.
    private func plain(_ payload: Span<UInt8>, _ header: FrameHeader) -> ByteBuffer {
        var plain = ByteBuffer()
        plain.append(unmasking: payload.extracting(0..<min(payload.count, Self.sampleByteCount)), key: header.maskingKey, phase: 0)
        return plain
    }

    private func isText(_ sample: Span<UInt8>, isWhole: Bool) -> Bool {
        if UTF8Validator.isValid(sample) { return true }
        guard !isWhole else { return false }
        // The sample may end inside a character.
        for left in 1...3 where UTF8Validator.isValid(sample.extracting(0..<sample.count - left)) { return true }
        return false
    }

    /// Whether the first frame of a chain cannot well belong to the bytes before it.
    private func isDistinct(_ bytes: Span<UInt8>, at index: Int) -> Bool {
        guard let (header, payload) = frame(at: index, in: bytes) else { return false }
        let sample = plain(bytes.extracting(payload), header)
        guard header.opcode == .text, header.isFinal, !header.hasRSV1, !sample.span.hasControlBytes else { return false }
        if isMasked { return sample.count >= 16 }
        // Text before it has no such byte; whether it is text cannot be seen where nothing is before it.
        guard index > 0 else { return false }
        let before = bytes.extracting(max(0, index - 1_024)..<index)
        for index in before.indices where before[index] >= 0x80 { return false }
        if before.hasControlBytes { return false }
        return header.length > 0
    }
}
