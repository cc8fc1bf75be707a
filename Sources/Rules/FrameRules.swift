import Text
import WebSocket

/// Judges the frame headers of one direction (RFC 6455 §5).
///
/// Holds what the rules need of the direction's history. After a gap that history is unknown, and the rules that depend on
/// it rest until the next frame that begins a message.
public struct FrameRules: Sendable {
    public var sender: Side
    /// permessage-deflate was agreed on, or may have been because the handshake was not seen.
    public var allowsCompression: Bool
    public private(set) var isMessageOpen = false
    public private(set) var hasClosed = false
    /// An extension that wsray does not know was agreed on, or may have been: what it does with reserved bits and opcodes is its
    /// own affair.
    public var allowsUnknown: Bool
    /// False after a gap: whether a message is open is not known.
    @usableFromInline var knowsHistory: Bool
    @usableFromInline var masks = MaskRules()

    public init(sender: Side, allowsCompression: Bool, allowsUnknown: Bool = false, knowsHistory: Bool = true) {
        self.sender = sender
        self.allowsCompression = allowsCompression
        self.allowsUnknown = allowsUnknown
        self.knowsHistory = knowsHistory
    }

    /// What the frame begins, ends or interrupts, as the rules understand it.
    public enum Role: Sendable {
        case control
        /// The first frame of a message.
        case first
        /// A continuation of the open message.
        case next
        /// A continuation with nothing to continue, or a reserved opcode: part of no message.
        case stray
        /// A continuation behind a gap: of a message whose beginning was not captured.
        case tail
    }

    /// Takes the next header, in order; appends what is wrong with it.
    @inline(__always)
    public mutating func judge(_ header: FrameHeader, into findings: inout [Finding]) -> Role {
        let opcode = header.opcode
        let role = role(of: header)
        if !isPlain(header, role) { report(header, role, into: &findings) }
        // The key of an empty frame masks nothing.
        if sender == .client, header.isMasked, header.length > 0, let rule = masks.judge(header.maskingKey) {
            findings.append(predictable(rule, header.maskingKey))
        }
        if role == .first || role == .next {
            isMessageOpen = !header.isFinal
            knowsHistory = true
        } else if opcode == .close {
            hasClosed = true
        }
        return role
    }

    /// Takes the next header where it is that of a message by itself and nothing is to be said of it, as of nearly all data; false,
    /// and nothing changed, where it is not.
    @inlinable @inline(__always)
    public mutating func takePlainData(_ header: FrameHeader) -> Bool {
        // FIN without reserved bits, text or binary.
        guard header.first == 0x81 || header.first == 0x82, !isMessageOpen, !hasClosed, header.isMasked == (sender == .client) else {
            return false
        }
        let short = header.second & 0x7F
        guard short < 126 || short == 126 && header.length > 125 else { return false }
        if sender == .client, header.length > 0, !masks.takeOrdinary(header.maskingKey) { return false }
        knowsHistory = true
        return true
    }

    /// Takes the first bytes of a header whose rest never came: they tell all but the length.
    public mutating func judge(beginning first: UInt8, _ second: UInt8?, into findings: inout [Finding]) {
        let mask = second.map { $0 & 0x80 } ?? (sender == .client ? 0x80 : 0)
        _ = judge(FrameHeader(first: first, second: mask, maskingKey: 0, length: 0), into: &findings)
    }

    /// Says that frames may have gone by unseen.
    public mutating func loseTrack() {
        isMessageOpen = false
        knowsHistory = false
        masks.loseTrack()
    }

    @inline(__always)
    private func role(of header: FrameHeader) -> Role {
        switch header.opcode.rawValue {
        case 0x0: isMessageOpen ? .next : knowsHistory ? .stray : .tail
        case 0x1, 0x2: .first
        case 0x8...0xF: .control
        default: .stray
        }
    }

    /// True for the frames that make up nearly all traffic: one test, nothing to say.
    @inline(__always)
    private func isPlain(_ header: FrameHeader, _ role: Role) -> Bool {
        let short = header.second & 0x7F
        return header.first & 0xF0 == 0x80 && (role == .first && !isMessageOpen || role == .control && !header.opcode.isReserved)
            && header.isMasked == (sender == .client) && !hasClosed
            && (short < 126 || (short == 126 && header.length > 125 && role == .first))
    }

    @inline(never)
    private func report(_ header: FrameHeader, _ role: Role, into findings: inout [Finding]) {
        let opcode = header.opcode
        if hasClosed { reportAfterClose(opcode, into: &findings) }
        if sender == .client, !header.isMasked { findings.append(Finding(.maskMissing, expected: "MASK = 1", found: "MASK = 0")) }
        if sender == .server, header.isMasked { findings.append(Finding(.maskUnexpected, expected: "MASK = 0", found: "MASK = 1")) }
        if header.reserved != 0, !allowsUnknown { reportReservedBits(header, role, into: &findings) }
        if opcode.isReserved, !allowsUnknown { findings.append(Finding(.reservedOpcode, found: "opcode \(opcode.rawValue)")) }
        reportLength(header, into: &findings)
        if opcode.isControl, !header.isFinal { findings.append(Finding(.controlFragmented, expected: "FIN = 1", found: "FIN = 0")) }
        guard knowsHistory else { return }
        if opcode == .continuation, role == .stray { findings.append(Finding(.continuationUnexpected)) }
        if role == .first, isMessageOpen {
            findings.append(Finding(.messageInterrupted, expected: "continuation", found: "\(opcode.name) frame"))
        }
    }

    private func reportReservedBits(_ header: FrameHeader, _ role: Role, into findings: inout [Finding]) {
        let allowed: UInt8 = allowsCompression && role == .first ? 4 : 0
        guard header.reserved & ~allowed != 0 else { return }
        let expected = "RSV = \(allowed == 0 ? "0" : "0 or 4")"
        if header.reserved != 4 {
            findings.append(Finding(.reservedBits, expected: expected, found: "RSV = \(header.reserved)"))
        } else if allowsCompression {
            findings.append(Finding(.compressionMisplaced, expected: "RSV1 = 0", found: "RSV1 = 1 on a \(header.opcode.name) frame"))
        } else {
            findings.append(Finding(.compressionNotAgreed, expected: "RSV1 = 0", found: "RSV1 = 1"))
        }
    }

    /// §5.5.1 forbids data frames; a pong, which may answer a ping that was on its way, is not even odd.
    private func reportAfterClose(_ opcode: Opcode, into findings: inout [Finding]) {
        if !opcode.isControl {
            findings.append(Finding(.frameAfterClose, found: "\(opcode.name) frame"))
        } else if opcode != .pong {
            findings.append(Finding(.controlAfterClose, found: "\(opcode.name) frame"))
        }
    }

    @inline(never)
    private func predictable(_ rule: Rule, _ key: UInt32) -> Finding {
        let digits = String(key, radix: 16)
        let shown = String(repeating: "0", count: 8 - digits.count) + digits
        return switch rule {
        case .maskCounting: Finding(rule, found: "\(shown), each \(masks.stepText) from the one before")
        default: Finding(rule, found: "\(shown) for the third time in a row")
        }
    }

    private func reportLength(_ header: FrameHeader, into findings: inout [Finding]) {
        if !header.isLengthMinimal {
            let used = header.second & 0x7F == 127 ? 64 : 16
            let enough = header.length <= 125 ? 7 : 16
            findings.append(Finding(.lengthNotMinimal, expected: "\(enough)-bit length", found: "\(used)-bit length"))
        }
        if header.length >> 63 != 0 { findings.append(Finding(.lengthTopBit, found: "length \(header.length)")) }
        if header.opcode.isControl, header.length > 125 {
            findings.append(Finding(.controlTooLong, expected: "at most 125 bytes", found: Quantity.counted(header.length, "byte")))
        }
    }
}
