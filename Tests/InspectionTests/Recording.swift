import Bytes
import Capture
import Digests
import HTTP
@testable import Inspection
import Packets
import Rules
import Testing
import Verdicts
import WebSocket

/// A frame as a test compares it: what was on the wire, with nothing that depends on how packets carried it.
struct SeenFrame: Hashable {
    var first: UInt8
    var length: UInt64
    var isMasked: Bool
    var payload: [UInt8]
    var isComplete: Bool
    var offset: UInt64
}

struct SeenMessage: Hashable {
    var opcode: UInt8
    var content: [UInt8]
    var length: UInt64
    /// All of it was seen, and nothing of it is a guess.
    var isCertain: Bool
    /// All of it was seen, although bytes of it that were copied from what was not seen are unknown.
    var isPartlyUnknown = false
}

extension SeenFrame: CustomTestStringConvertible {
    /// The same, wherever in its stream it stands.
    var placeless: SeenFrame {
        var frame = self
        frame.offset = 0
        return frame
    }

    var testDescription: String { "\(Hex.encode([first].span)) \(length) @\(offset)\(isComplete ? "" : " incomplete")" }
}

extension SeenMessage: CustomTestStringConvertible {
    var testDescription: String { "\(opcode) \(length)\(isCertain ? "" : " uncertain")" }
}

/// What was told of one direction.
struct SeenSide: Hashable {
    var frames: [SeenFrame] = []
    var messages: [SeenMessage] = []
}

struct SeenConnection {
    var connection: Connection
    var client = SeenSide()
    var server = SeenSide()
    var findings: [Rule] = []

    var end: ConnectionEnd?
    var verdict: Verdict? { end?.verdict }
    var frameCount: Int { client.frames.count + server.frames.count }
    subscript(side: Side) -> SeenSide {
        get { side == .client ? client : server }
        set { if side == .client { client = newValue } else { server = newValue } }
    }
}

/// Remembers everything that an inspection tells, and checks what must hold of any.
struct Recording: EventSink {
    var connections: [SeenConnection] = []
    /// Findings about no connection.
    var findings: [Rule] = []
    var attempts: [TransportAttempt] = []
    var summary = Summary()
    /// What an inspection must never do, in words.
    var faults: [String] = []

    private func place(of connection: Connection) -> Int { Int(connection.number) - 1 }

    private mutating func take(opening connection: Connection) {
        if connection.number != UInt64(connections.count + 1) { faults.append("connection \(connection.number) out of turn") }
        connections.append(SeenConnection(connection: connection))
        let findings = connection.handshakeFindings
        let checks = HandshakeChecklist(request: connection.request, response: connection.response, findings: findings).checks
        let broken = checks.compactMap(\.rule?.rawValue).sorted()
        if broken != (findings.client + findings.server).map(\.rule.rawValue).sorted() {
            faults.append("the checklist of \(connection.number) and its findings differ: \(broken)")
        }
    }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        let place = place(of: connection)
        if connections[place].end != nil { faults.append("frame \(frame.number) after the end of \(connection.number)") }
        if frame.number != UInt64(connections[place].frameCount + 1) { faults.append("frame \(frame.number) out of turn") }
        if frame.capturedLength > frame.header.length { faults.append("frame \(frame.number) captured more than there is") }
        connections[place][frame.from].frames.append(
            SeenFrame(
                first: frame.header.first, length: frame.header.length, isMasked: frame.header.isMasked, payload: payload.copied(),
                isComplete: frame.isComplete, offset: frame.offset))
        connections[place].findings += frame.findings.map(\.rule)
        if let message { add(message, content, place) }
    }

    mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection): take(opening: connection)
        case .abandoned(let message, let content, let connection):
            if message.isComplete { faults.append("message \(message.number) abandoned and complete") }
            add(message, content.span, place(of: connection))
        case .found(let finding, _, let connection, _):
            if let connection {
                connections[place(of: connection)].findings.append(finding.rule)
            } else {
                findings.append(finding.rule)
            }
        case .attempted(let attempt): attempts.append(attempt)
        case .exchanged, .polled, .encrypted, .shared, .located, .spoke: break
        case .ended(let end): connections[place(of: end.connection)].end = end
        }
    }

    var hasEnough: Bool { false }

    private mutating func add(_ message: Message, _ content: Span<UInt8>, _ place: Int) {
        let isCertain = message.isComplete && message.unknownByteCount == 0
        connections[place][message.from].messages.append(
            SeenMessage(
                opcode: message.opcode.rawValue, content: content.copied(), length: message.length, isCertain: isCertain,
                isPartlyUnknown: message.isComplete && message.unknownByteCount > 0))
    }
}

extension Recording {
    var frameCount: Int { connections.reduce(0) { $0 + $1.frameCount } }
    /// Both directions of all connections, in order.
    var sides: [[SeenSide]] { connections.map { [$0.client, $0.server] } }
    /// The connections that frames may be of.
    var spoken: [SeenConnection] { connections.filter { $0.connection.status == .open || $0.connection.status == .inferred } }

    /// Everything in a capture; `failure` when it could not be read to its end.
    static func of(
        _ source: consuming ByteSource, _ options: Inspector.Options = .init(), change: (UInt64, [UInt8]) -> [UInt8] = { $1 }
    ) -> (recording: Recording, failure: CaptureError?) {
        var recording = Recording()
        var options = options
        options.reportsPolling = true
        var inspector = Inspector(options)
        var failure: CaptureError?
        do throws(CaptureError) {
            var reader = try CaptureReader(source, name: "test")
            while let header = try reader.next() {
                inspector.inspect(header, change(header.number, reader.bytes.copied()).span, into: &recording)
            }
        } catch { failure = error }
        inspector.finish(into: &recording)
        if inspector.waitingByteCount != 0 { recording.faults.append("\(inspector.waitingByteCount) bytes wait behind the end") }
        recording.summary = inspector.summary
        return (recording, failure)
    }

    /// Everything in packets made by a test.
    ///
    /// - Parameters:
    ///   - seconds: when each was captured; a millisecond apart where it is empty.
    ///   - looks: the packets that come next can be looked at, as in a file.
    ///   - waiting: gets the number of waiting bytes behind each packet.
    static func of(
        _ packets: [[UInt8]], _ options: Inspector.Options = .init(), at seconds: [Double] = [], originalLengths: [Int] = [],
        looks: Bool = false, waiting: (Int) -> Void = { _ in }
    ) -> Recording {
        var recording = Recording()
        var options = options
        options.reportsPolling = true
        var inspector = Inspector(options)
        inspector.expectLooks(looks)
        for (index, packet) in packets.enumerated() {
            let time = Timestamp(
                nanoseconds: seconds.isEmpty ? Int64(index + 1) * 1_000_000 : Int64(seconds[index] * 1_000_000_000))
            let header = PacketHeader(
                number: UInt64(index + 1), time: time, fractionDigits: 6,
                linkType: .ethernet, originalLength: originalLengths.isEmpty ? packet.count : originalLengths[index])
            inspector.inspect(header, packet.span, into: &recording)
            if inspector.wantsLook {
                for next in packets[(index + 1)...] where !inspector.look(at: next.span, like: header) { break }
                inspector.endLook(mayFollow: false)
                inspector.play(into: &recording)
            }
            waiting(inspector.waitingByteCount)
            if inspector.waitingByteCount < 0 { recording.faults.append("fewer than no bytes wait behind packet \(index + 1)") }
        }
        inspector.finish(into: &recording)
        if inspector.waitingByteCount != 0 { recording.faults.append("\(inspector.waitingByteCount) bytes wait behind the end") }
        recording.summary = inspector.summary
        return recording
    }
}
