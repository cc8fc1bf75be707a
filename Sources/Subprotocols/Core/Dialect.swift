import WebSocket

/// How sure a handshake makes of a protocol.
enum Recognition {
    /// It says so.
    case certain
    /// It fits, and the first messages have to confirm it.
    case likely
    case none
}

/// Whether a message fits its protocol.
enum Fit {
    case fits
    /// It may or may not: too little of it is at hand.
    case unknown
    /// It is not of this protocol.
    case foreign
}

/// A protocol inside WebSocket. All have the same skeleton: how it is recognised, what a message means, what its close codes mean.
///
/// One is made for each connection. It owns only what its next messages depend on.
protocol Dialect: SendableMetatype {
    /// The name that is shown.
    static var name: StaticString { get }

    /// What the handshake says.
    static func recognise(_ handshake: HandshakeFacts) -> Recognition

    /// More of the handshake than the subprotocol may say so.
    static var isToldByURL: Bool { get }

    /// How messages begin of which the next function may be true.
    static var openings: Openings { get }

    /// Names of which an object has all of one list if the next function is true of it; no list if objects are told in another way.
    static var tellingMembers: [[StaticString]] { get }

    /// True of a message that hardly anything else would send.
    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool

    init(_ handshake: HandshakeFacts)

    /// Says what a message means.
    mutating func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit

    /// What a close code means here; nil if it means what RFC 6455 says.
    static func meaning(ofCloseCode code: UInt16) -> CloseMeaning?
}

/// How a message begins: enough to ask few of all protocols about it.
struct Openings: OptionSet {
    let rawValue: UInt8

    /// A JSON object, in a text message or not.
    static let object = Openings(rawValue: 1)
    /// A JSON array, in a text message or not.
    static let array = Openings(rawValue: 2)
    /// Any other text.
    static let otherText = Openings(rawValue: 4)
    /// A binary message, also one that begins as JSON does.
    static let binary = Openings(rawValue: 8)

    static let all: Openings = [.object, .array, .otherText, .binary]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Of a message.
    init(of content: Span<UInt8>, isText: Bool) {
        self = isText ? [] : .binary
        var start = 0
        while start < content.count, content[start] <= 0x20 { start += 1 }
        guard start < content.count else { return }
        switch content[start] {
        case UInt8(ascii: "{"): insert(.object)
        case UInt8(ascii: "["): insert(.array)
        default: if isText { insert(.otherText) }
        }
    }
}

extension Dialect {
    static var isToldByURL: Bool { false }

    static var openings: Openings { .object }

    static var tellingMembers: [[StaticString]] { [] }

    static func meaning(ofCloseCode code: UInt16) -> CloseMeaning? { nil }
}

/// What a protocol means by a close code.
public struct CloseMeaning: Sendable, Equatable {
    public var text: String
    /// What the client is meant to do; nil if the protocol does not say.
    public var advice: String?

    init(_ text: String, _ advice: String? = nil) {
        self.text = text
        self.advice = advice
    }
}
