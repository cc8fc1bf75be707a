import Bytes
import Inspection
import Subprotocols
import Verdicts
import WebSocket

/// Keeps conversations so that they can be played again.
public struct ScriptSink: EventSink, ~Copyable {
    /// What was kept, in the order in which connections were recognised.
    public final class Result {
        public fileprivate(set) var scripts: [Script] = []
        fileprivate var byteCount = 0
    }

    /// A conversation that goes on.
    private struct Draft {
        var script: Int
        /// Of each side, the message that has begun and not ended.
        var open: [2 of Int?] = [nil, nil]
    }

    public let result = Result()
    private var drafts = ConnectionTable<Draft>()
    private let byteLimit: Int
    private static let connectionLimit = 100_000

    /// - Parameter byteLimit: content of all messages, and memory for each, that is kept.
    public init(byteLimit: Int) { self.byteLimit = byteLimit }

    public var hasEnough: Bool { false }

    // MARK: Frames

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) { take(frame, message, content, isHeartbeat: false, connection) }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        let isHeartbeat = !meaning.operations.isEmpty && meaning.operations.allSatisfy { $0.role == .heartbeat }
        take(frame, message, content, isHeartbeat: isHeartbeat, connection)
    }

    private mutating func take(
        _ frame: Frame, _ message: Message?, _ content: Span<UInt8>, isHeartbeat: Bool, _ connection: Connection
    ) {
        guard var draft = drafts[connection] else { return }
        let side = frame.from == .client ? 0 : 1
        let isControl = frame.header.opcode.isControl
        result.byteCount += Self.partByteCount + (message == nil ? 0 : Self.lineByteCount + content.count)
        guard result.byteCount <= byteLimit else {
            result.scripts[draft.script].isTooLarge = true
            return
        }
        let index: Int
        if !isControl, let open = draft.open[side] {
            index = open
        } else {
            index = result.scripts[draft.script].lines.count
            result.scripts[draft.script].lines.append(
                Script.Line(from: frame.from, opcode: frame.messageOpcode, number: frame.number, time: frame.endTime))
            if !isControl { draft.open[side] = index }
        }
        let part = result.scripts[draft.script].lines[index].frameLengths.count
        result.scripts[draft.script].lines[index].frameLengths.append(Int(clamping: frame.header.length))
        result.scripts[draft.script].parts.append(Script.Part(line: index, index: part, time: frame.endTime))
        if let message {
            end(&result.scripts[draft.script].lines[index], message, frame, content, isHeartbeat)
            if !isControl { draft.open[side] = nil }
        }
        drafts[connection] = draft
    }

    private func end(_ line: inout Script.Line, _ message: Message, _ frame: Frame, _ content: Span<UInt8>, _ isHeartbeat: Bool) {
        line.content = content.copied()
        line.isCompressed = message.isCompressed
        line.number = frame.number
        line.time = frame.endTime
        line.isHeartbeat = isHeartbeat
        line.isWhole = message.isComplete && message.unknownByteCount == 0 && UInt64(content.count) == message.length
    }

    private static let lineByteCount = MemoryLayout<Script.Line>.stride + 64
    private static let partByteCount = MemoryLayout<Script.Part>.stride + 8

    // MARK: Events

    public mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection):
            guard result.scripts.count < Self.connectionLimit else { return }
            drafts[connection] = Draft(script: result.scripts.count)
            result.scripts.append(Script(connection))
        case .ended(let end):
            guard let draft = drafts[end.connection] else { return }
            let outline = end.outline
            result.scripts[draft.script].manner = outline.manner
            result.scripts[draft.script].endedBy = outline.by
            result.scripts[draft.script].endTime = outline.time
            result.scripts[draft.script].dropUnfinished()
            drafts[end.connection] = nil
        default: break
        }
    }
}
