import Bytes
import HTTP
import Inspection
import Rules
import Subprotocols
import Verdicts
import WebSocket

/// Keeps of a capture what is compared with another.
public struct CollectingSink: EventSink, ~Copyable {
    public let capture: ComparedCapture
    private var open = ConnectionTable<ComparedConnection>()
    private var operationNumbers: [String: UInt32] = [:]

    /// Connections that are kept; far more than anybody compares.
    private static let connectionLimit = 200_000
    /// Different operations that are told apart.
    private static let operationLimit = 10_000
    /// Rules whose findings are no peer's fault, or no fault.
    public static func isComparable(_ rule: Rule) -> Bool {
        rule.severity > .note && !rule.rawValue.hasPrefix("capture.") && !rule.rawValue.hasPrefix("limit.")
    }

    public init(_ limits: ComparedCapture.Limits = .init()) { capture = ComparedCapture(limits) }

    public var hasEnough: Bool { false }

    // MARK: Frames

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        guard let entry = open[connection] else { return }
        note(frame, entry)
        guard let message else { return }
        add(kept(message, frame, content, entry), from: message.from, to: entry)
    }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        guard let entry = open[connection] else { return }
        note(frame, entry)
        var kept = kept(message, frame, content, entry)
        if let first = meaning.operations.first {
            kept.operation = number(of: first, meaning)
            if meaning.operations.allSatisfy({ $0.role == .heartbeat }) { kept.flags.insert(.isHeartbeat) }
            kept.latency = meaning.operations.first { $0.isFirstAnswer && $0.latency != nil }?.latency
        }
        add(kept, from: message.from, to: entry)
    }

    private mutating func note(_ frame: Frame, _ entry: ComparedConnection) {
        if !frame.isUnremarkable { for finding in frame.findings { entry.add(finding.rule, from: frame.from) } }
        guard !frame.header.opcode.isControl else { return }
        let side = frame.from == .client ? 0 : 1
        // FNV-1a on whole lengths: it need only tell other lengths from these.
        entry.frameLengths[side] = (entry.frameLengths[side] ^ (frame.header.length &+ 1)) &* 0x100_0000_01B3
    }

    private mutating func kept(
        _ message: Message, _ frame: Frame, _ content: Span<UInt8>, _ entry: ComparedConnection
    ) -> ComparedMessage {
        var kept = kept(message, content, entry)
        kept.frame = frame.number
        if !message.opcode.isControl {
            let side = message.from == .client ? 0 : 1
            kept.frameLengths = entry.frameLengths[side]
            entry.frameLengths[side] = 0
        }
        return kept
    }

    private mutating func kept(_ message: Message, _ content: Span<UInt8>, _ entry: ComparedConnection) -> ComparedMessage {
        var kept = ComparedMessage()
        kept.time = message.endTime
        kept.pause = max(0, message.endTime.nanoseconds(since: entry.lastTime))
        kept.length = message.length
        kept.wireLength = message.wireLength
        kept.frameCount = UInt32(clamping: message.frameCount)
        kept.opcode = message.opcode
        if message.isCompressed { kept.flags.insert(.isCompressed) }
        if !message.isComplete || message.unknownByteCount > 0 { kept.flags.insert(.isIncomplete) }
        if message.isRedacted {
            kept.flags.insert(.isRedacted)
            capture.redactedCount += 1
        } else if message.isComplete, UInt64(content.count) < message.length {
            kept.flags.insert(.isCut)
        }
        kept.digest = Digest.of(content, length: message.isRedacted ? UInt64(content.count) : message.length)
        capture.keep(content, in: &kept)
        return kept
    }

    private mutating func add(_ message: ComparedMessage, from side: Side, to entry: ComparedConnection) {
        if !message.isHeartbeat { entry.lastTime = max(entry.lastTime, message.time) }
        guard capture.messageCount < capture.limits.messageCount else {
            entry.omittedCount += 1
            capture.omittedMessageCount += 1
            return
        }
        capture.messageCount += 1
        if side == .client { entry.client.append(message) } else { entry.server.append(message) }
    }

    /// `response getUser`: what is done, without what tells one of its kind from the next.
    private mutating func number(of operation: Operation, _ meaning: borrowing Meaning) -> UInt32 {
        let word = operation.word.isEmpty ? "\(operation.type)" : meaning.bytes(of: operation.word).shown
        let name = meaning.bytes(of: operation.name).shown
        let label = [word, name, operation.status == .error ? "error" : ""].filter { !$0.isEmpty }.joined(separator: " ")
        if let known = operationNumbers[label] { return known }
        guard capture.operations.count <= Self.operationLimit else { return 0 }
        let number = UInt32(capture.operations.count)
        capture.operations.append(label)
        operationNumbers[label] = number
        return number
    }

    // MARK: Events

    public mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection): begin(connection)
        case .abandoned(let message, let content, let connection):
            guard let entry = open[connection] else { return }
            var kept = kept(message, content.span, entry)
            kept.flags.insert(.isIncomplete)
            add(kept, from: message.from, to: entry)
        case .found(let finding, let side, let connection, _):
            if let connection { open[connection]?.add(finding.rule, from: side) }
        case .encrypted: capture.encryptedCount += 1
        case .attempted(let attempt): capture.attempts["\(attempt.phrase) (\(attempt.server))", default: 0] += 1
        case .spoke(.recognised(let name, _), let connection, _): open[connection]?.protocolName = "\(name)"
        case .spoke(.abandoned, let connection, _): open[connection]?.protocolName = nil
        case .ended(let end):
            var verdict = end.verdict
            verdict.facts = []
            open[end.connection]?.verdict = verdict
            open[end.connection] = nil
        case .spoke, .exchanged, .polled, .shared, .located: break
        }
    }

    private mutating func begin(_ connection: Connection) {
        guard capture.connections.count < Self.connectionLimit else {
            capture.omittedConnectionCount += 1
            return
        }
        let entry = ComparedConnection(connection)
        capture.connections.append(entry)
        capture.headByteCount += (connection.request?.byteCount ?? 0) + (connection.response?.byteCount ?? 0)
        open[connection] = entry
    }
}

/// Digests of content that nobody can choose to be equal: SipHash with the key of this process.
enum Digest {
    static func of(_ content: Span<UInt8>, length: UInt64) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(length)
        unsafe content.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}

extension Span where Element == UInt8 {
    /// As text, of which a few characters are shown; what is no UTF-8 is replaced.
    fileprivate var shown: String {
        let part = extracting(0..<Swift.min(count, 120))
        return String(decoding: part.copied(), as: UTF8.self)
    }
}
