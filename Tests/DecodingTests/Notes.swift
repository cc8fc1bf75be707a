import Bytes
import Decoding
import Inspection
import Packets
import Subprotocols
import WebSocket

/// What is said of messages, a line for each operation and each note on the protocol.
struct Notes: EventSink {
    private(set) var lines: [String] = []
    /// Operations by the name of their protocol.
    private(set) var counts: [String: Int] = [:]
    var hasEnough: Bool { false }

    static func of(
        _ segments: [Talk.Segment], rules: [PairRule] = [], reportsPolling: Bool = false, limits: Limits = Limits()
    ) -> Notes {
        var sink = DecodingSink(Notes(), rules: rules)
        var options = Inspector.Options()
        options.reportsPolling = reportsPolling
        options.limits = limits
        var inspector = Inspector(options)
        for (index, segment) in segments.enumerated() {
            let header = PacketHeader(
                number: UInt64(index + 1), time: Timestamp(nanoseconds: segment.time * 1_000_000), fractionDigits: 6, linkType: .ethernet,
                originalLength: segment.packet.count)
            inspector.inspect(header, segment.packet.span, into: &sink)
        }
        inspector.finish(into: &sink)
        return sink.downstream
    }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {}

    mutating func frame(plain: PlainFrame, payload: Span<UInt8>, of connection: Connection) {}

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        counts["\(meaning.name)", default: 0] += meaning.operations.count
        for operation in meaning.operations { lines.append("\(message.number) \(message.from) \(meaning.line(operation))") }
    }

    mutating func note(_ event: Event) {
        guard case .spoke(let note, _, _) = event else { return }
        switch note {
        case .recognised(let name, let evidence): lines.append("recognised \(name) \(evidence)")
        case .polled(_, let session):
            if session.isForgotten { return lines.append("polling forgotten") }
            let totals = "\(session.clientCount) \(session.serverCount) \(session.omittedCount) \(session.unreadBodyCount)"
            lines.append("polled \(session.opening?.session ?? "-") \(totals) \(session.misfit.map { "\($0)" } ?? "")")
            for packet in session.packets {
                for operation in packet.meaning.operations {
                    lines.append("polled \(packet.number) \(packet.from) \(packet.meaning.line(operation))")
                }
            }
        case .abandoned(let name, let message): lines.append("abandoned \(name) \(message)")
        case .unanswered(let name, let requests):
            lines.append(
                "unanswered \(name) \(requests.named.map(\.message)) \(requests.omittedCount + requests.unpairedCount) \(requests.isCertain)"
            )
        }
    }
}

extension Meaning {
    func string(_ text: Operation.Text) -> String {
        let bytes = bytes(of: text)
        return String(decoding: bytes.copied(), as: UTF8.self)
    }

    /// All of an operation.
    func line(_ operation: Operation) -> String {
        var texts: [String] = []
        for text in [operation.word, operation.name, operation.detail, operation.id, operation.reason, operation.value] {
            texts.append(string(text))
        }
        return "\(operation.role) \(operation.type) \(texts) @\(operation.request) \(operation.latency ?? -1) "
            + "\(operation.status.map { "\($0)" } ?? "") \(operation.firstMessage)"
    }
}
