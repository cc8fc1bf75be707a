import Bytes
import Inspection
import Rules
import Text
import WebSocket

/// A finding in words, for the reports that show findings only.
public struct PlainFinding: Sendable {
    var finding: Finding
    var connection: Connection?
    var side: Side?
    var frame: Frame?

    /// The packet that shows it: the frame's first, or its own; of the handshake the first of the request, or the last of the answer.
    var packet: UInt64? {
        if let frame { return frame.packets.first }
        if let packet = finding.packet { return packet }
        guard finding.rule.rawValue.hasPrefix("handshake.") else { return nil }
        return side == .client ? connection?.packets.first : connection?.handshakeEnd
    }

    /// `#3 frame 7 from the client`.
    var place: String {
        guard let connection else { return "capture" }
        var text = "#\(connection.number)"
        if let frame { text += " frame \(frame.number)" }
        if let side { text += " from the \(side.name)" }
        return text
    }

    /// `#3`, for several of one connection.
    var placeOfMany: String { connection.map { "#\($0.number)" } ?? "capture" }

    /// `reserved opcode, found opcode 3 (RFC 6455 §5.2)`, with nothing in it that a terminal would obey.
    func appendMessage(to output: inout ByteBuffer) {
        let entry = finding.rule.entry
        output.append(entry.label)
        var safe = SafeText()
        if let expected = finding.expected { safe.append(", expected \(expected)", to: &output) }
        if let found = finding.found { safe.append(", found \(found)", to: &output) }
        if let section = entry.section {
            output.append(" (")
            output.append(section)
            output.append(")")
        }
    }
}

extension Connection {
    /// The last packet of the handshake; nil where that was not captured.
    var handshakeEnd: UInt64? { packets.count > 0 ? packets.last : nil }
}

/// A sink that is told of findings, wherever they stand, and of nothing else but where connections begin and end.
public protocol FindingSink: CountingSink, ~Copyable {
    var shownCount: UInt64 { get set }
    mutating func begin(_ connection: Connection)
    mutating func end(_ connection: Connection)
    mutating func take(_ finding: PlainFinding)
}

extension FindingSink where Self: ~Copyable {
    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        shownCount += 1
        if frame.isUnremarkable { return }
        for finding in frame.findings {
            take(PlainFinding(finding: finding, connection: connection, side: frame.from, frame: frame))
        }
    }

    public mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection): begin(connection)
        case .found(let finding, let side, let connection, _): take(PlainFinding(finding: finding, connection: connection, side: side))
        case .ended(let end): self.end(end.connection)
        case .abandoned, .exchanged, .polled, .encrypted, .attempted, .shared, .located, .spoke: break
        }
    }
}
