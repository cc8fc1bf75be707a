import Bytes
import Inspection
import HTTP
import Packets
import Rules
import Verdicts
import WebSocket

extension FuzzTarget {
    /// What two peers write, whole and in small segments: the same handshakes, frames, messages and findings.
    ///
    /// Connections whose handshake was not understood or has no answer are left out: that a frame ends with its segment is evidence there,
    /// and so it depends on how the bytes were cut whether frames are found.
    /// The first byte says whether an upgrade comes first, so that what is fuzzed is frames, and with which extension.
    static let stream = FuzzTarget("stream") { input throws(Broken) in
        var script = InputScript(input)
        let choice = script.byte()
        let writes = script.writes()
        let whole = events(of: writes.map { ($0.isServer, $0.bytes.segments) }, choice)
        let pieced = events(of: writes.map { ($0.isServer, $0.bytes.pieces) }, choice)
        try demand(whole.faults.isEmpty && pieced.faults.isEmpty, (whole.faults + pieced.faults).joined(separator: "; "))
        for (one, many) in zip(whole.lines, pieced.lines) { try demand(one == many, "at once: \(one)\n in pieces: \(many)") }
        try demand(
            whole.lines.count == pieced.lines.count,
            "at once there are \(whole.lines.count) events, in pieces \(pieced.lines.count): \(whole.lines.last ?? ""); \(pieced.lines.last ?? "")"
        )
    }

    private static func events(of writes: [(Bool, [[UInt8]])], _ choice: UInt8) -> Witness {
        var dialogue = Dialogue.opened()
        switch choice & 3 {
        case 1: dialogue.upgrade()
        case 2:
            let field = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
            dialogue.upgrade(fields: field, answer: field)
        default: break
        }
        for (isServer, segments) in writes {
            // What ends after some time must do so at the same one.
            for (index, segment) in segments.enumerated() { dialogue.send(isServer, segment, after: index == 0 ? 1 : 0) }
        }
        for isServer in [true, false] { dialogue.send(isServer, [], flags: [.fin, .ack]) }
        var witness = Witness()
        dialogue.inspect(into: &witness)
        return witness
    }
}

extension [UInt8] {
    /// As few segments as there may be.
    fileprivate var segments: [[UInt8]] {
        stride(from: 0, to: count, by: 60_000).map { Array(self[$0..<Swift.min(count, $0 + 60_000)]) }
    }
}

/// Writes down what was said, without packets and times, and what an inspection must never do.
private struct Witness: EventSink {
    var lines: [String] = []
    var faults: [String] = []
    private var frames: [UInt64: UInt64] = [:]
    private var ended: Set<UInt64> = []
    /// Connections that are compared, in their order, which others do not count in.
    private var ordinals: [UInt64: Int] = [:]

    mutating func frame(_ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection) {
        let number = frames[connection.number, default: 0] + 1
        frames[connection.number] = number
        if frame.number != number { faults.append("frame \(frame.number) of \(connection.number) is out of turn") }
        if ended.contains(connection.number) { faults.append("frame \(number) comes after the end") }
        if frame.capturedLength > frame.header.length { faults.append("frame \(number) has more bytes than its length") }
        write(
            connection,
            "frame \(frame.from) \(frame.header.first) \(frame.header.length) at \(frame.offset) \(frame.isComplete) "
                + "\(Self.shown(payload.copied())) \(frame.findings.map(\.rule.rawValue).sorted())")
        if let message { add(message, content.copied(), connection) }
    }

    mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection):
            if connection.status != .inferred, connection.status != .unanswered { ordinals[connection.number] = ordinals.count + 1 }
            write(connection, "\(connection.status) \(connection.request?.target ?? "") \(connection.response?.status ?? 0)")
        case .abandoned(let message, let content, let connection):
            if message.isComplete { faults.append("message \(message.number) is abandoned, and complete") }
            add(message, content, connection)
        case .found(let finding, let side, let connection, _):
            let line = "found \(finding.rule.rawValue) \(side.map { "\($0)" } ?? "")"
            if let connection { write(connection, line) } else { lines.append(line) }
        case .ended(let end):
            if !ended.insert(end.connection.number).inserted { faults.append("\(end.connection.number) ends twice") }
            write(end.connection, "ended \(end.verdict.manner)")
        case .encrypted, .attempted, .exchanged, .polled, .spoke, .shared, .located: break
        }
    }

    var hasEnough: Bool { false }

    private mutating func write(_ connection: Connection, _ line: String) {
        if let ordinal = ordinals[connection.number] { lines.append("\(ordinal) \(line)") }
    }

    private mutating func add(_ message: Message, _ content: [UInt8], _ connection: Connection) {
        write(
            connection,
            "message \(message.from) \(message.opcode.rawValue) \(message.length) \(message.isComplete) "
                + "\(message.unknownByteCount) \(message.isValidText) \(Self.shown(content))")
    }

    /// The beginning, and a hash of all: a few kilobytes may have been inflated to megabytes.
    private static func shown(_ bytes: [UInt8]) -> String {
        "\(bytes.prefix(200)) of \(bytes.count), \(bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })"
    }
}
