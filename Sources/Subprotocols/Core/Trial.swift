import Bytes
import WebSocket

/// What is noted of a connection while only its messages can say which protocol it speaks.
///
/// Plain values and no object: most connections speak no known protocol, and among many an object would cost each message a cache miss.
public struct Trial: Sendable {
    private var messageCount: UInt8 = 0
    /// Bytes of messages may be missing.
    public private(set) var hasGaps = false

    /// Messages that are looked at before a connection counts as one of no known protocol.
    static let messageLimit: UInt8 = 8

    public init() {}

    /// A connection whose handshake says nothing of the protocol; nil where it does.
    public init?(_ handshake: HandshakeFacts) {
        guard handshake.agreed.isEmpty, Registry.byURL.allSatisfy({ $0.recognise(handshake) == .none }) else { return nil }
    }

    /// Enough messages were looked at.
    public var isOver: Bool { messageCount >= Self.messageLimit }

    public mutating func noteGap() { hasGaps = true }

    /// Notes that a message was of no known protocol.
    public mutating func noteMiss() { messageCount += 1 }

    /// The protocol that a message shows by itself; nil where it shows none.
    public static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Recognised? {
        guard message.isWhole, !content.isEmpty else { return nil }
        // Of most messages no protocol's names are members.
        let opening = Openings(of: content, isText: message.isText)
        let names = opening.contains(.object) ? MemberNames(content) : nil
        return Registry.dialect(of: content, message, opening, names).map { Recognised(dialect: $0) }
    }

    /// A protocol, and not yet a conversation in it.
    public struct Recognised {
        let dialect: any Dialect.Type
    }
}
