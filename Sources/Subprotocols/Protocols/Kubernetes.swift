import Bytes
import JSON
import WebSocket

/// Kubernetes' exec, attach and port-forward: the first byte of a message names its channel.
struct Kubernetes: Dialect {
    static let name: StaticString = "kubernetes"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        switch handshake.agreed {
        case "channel.k8s.io", "v2.channel.k8s.io", "v3.channel.k8s.io", "v4.channel.k8s.io", "v5.channel.k8s.io", "base64.channel.k8s.io",
            "v4.base64.channel.k8s.io":
            .certain
        default: .none
        }
    }

    static let openings: Openings = []

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool { false }

    /// Channels are digits, and contents base64.
    private let isBase64: Bool

    init(_ handshake: HandshakeFacts) { isBase64 = handshake.agreed.hasPrefix("base64.") || handshake.agreed.hasPrefix("v4.base64.") }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard !content.isEmpty else { return .foreign }
        switch isBase64 ? content[0] &- UInt8(ascii: "0") : content[0] {
        case 0: dialogue.add(.event, "stdin")
        case 1: dialogue.add(.event, "stdout")
        case 2: dialogue.add(.event, "stderr")
        case 3: decode(status: content.extracting(1..<content.count), &dialogue)
        case 4: dialogue.add(.event, "resize")
        case 255:
            dialogue.add(.setup, "close channel")
            if content.count > 1 { dialogue.id(UInt64(content[1])) }
        default: return .foreign
        }
        return .fits
    }

    private func decode(status: Span<UInt8>, _ dialogue: inout Dialogue) {
        let word = isBase64 ? nil : JSONMembers.find("status", in: status)
        let hasFailed = word.map { !status.has($0, "Success") } ?? false
        dialogue.add(hasFailed ? .error : .event, "status")
        if hasFailed { dialogue.fail(JSONMembers.find("message", in: status), in: status) } else if word != nil { dialogue.succeed() }
    }
}
