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
    /// False after a gap: whether a message is open is not known.
    private var knowsHistory: Bool

    public init(sender: Side, allowsCompression: Bool, knowsHistory: Bool = true) {
        self.sender = sender
        self.allowsCompression = allowsCompression
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
    }

    /// Takes the next header, in order; appends what is wrong with it.
    @inline(__always)
    public mutating func judge(_ header: FrameHeader, into findings: inout [Finding]) -> Role {
        let opcode = header.opcode
        let role = role(of: header)
        if !isPlain(header, role) { report(header, role, into: &findings) }
        if role == .first || role == .next {
            isMessageOpen = !header.isFinal
            knowsHistory = true
        } else if opcode == .close {
            hasClosed = true
        }
        return role
    }

    /// Says that frames may have gone by unseen.
    public mutating func loseTrack() {
        isMessageOpen = false
        knowsHistory = false
    }

    @inline(__always)
    private func role(of header: FrameHeader) -> Role {
        switch header.opcode.rawValue {
        case 0x0: isMessageOpen ? .next : .stray
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
        // §5.5.1 speaks of data frames: a pong that was on its way, say, may still follow.
        if hasClosed, !opcode.isControl { findings.append(Finding(.frameAfterClose, found: "\(opcode.name) frame")) }
        if sender == .client, !header.isMasked { findings.append(Finding(.maskMissing, expected: "MASK = 1", found: "MASK = 0")) }
        if sender == .server, header.isMasked { findings.append(Finding(.maskUnexpected, expected: "MASK = 0", found: "MASK = 1")) }
        let allowed: UInt8 = allowsCompression && role == .first ? 4 : 0
        if header.reserved & ~allowed != 0 {
            findings.append(Finding(.reservedBits, expected: "RSV = \(allowed == 0 ? "0" : "0 or 4")", found: "RSV = \(header.reserved)"))
        }
        if opcode.isReserved { findings.append(Finding(.reservedOpcode, found: "opcode \(opcode.rawValue)")) }
        reportLength(header, into: &findings)
        if opcode.isControl, !header.isFinal { findings.append(Finding(.controlFragmented, expected: "FIN = 1", found: "FIN = 0")) }
        guard knowsHistory else { return }
        if opcode == .continuation, role == .stray { findings.append(Finding(.continuationUnexpected)) }
        if role == .first, isMessageOpen {
            findings.append(Finding(.messageInterrupted, expected: "continuation", found: "\(opcode.name) frame"))
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
            findings.append(Finding(.controlTooLong, expected: "at most 125 bytes", found: "\(header.length) bytes"))
        }
    }
}
