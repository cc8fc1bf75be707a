import WebSocket

/// What the opening handshake says that tells protocols apart.
public struct HandshakeFacts: Sendable, Equatable {
    /// As agreed on; of an unanswered or inferred handshake, nil.
    public let subprotocol: String?
    /// The path of the request, without the query; empty if the request was not captured.
    public var path: String
    public var query: String
    public var host: String
    /// The subprotocol in lower case.
    let agreed: String

    public init(subprotocol: String? = nil, target: String = "", host: String = "") {
        self.subprotocol = subprotocol
        self.host = host
        agreed = subprotocol?.lowercased() ?? ""
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        path = mark.map { String(target[..<$0]) } ?? target
        query = mark.map { String(target[target.utf8.index(after: $0)...]) } ?? ""
    }

    /// The value of a parameter in the query.
    func parameter(_ name: String) -> Substring? {
        let query = query.utf8
        var start = query.startIndex
        while start < query.endIndex {
            let end = query[start...].firstIndex(of: UInt8(ascii: "&")) ?? query.endIndex
            let rest = query[start..<end].dropFirst(name.utf8.count)
            if query[start..<end].starts(with: name.utf8), rest.first.map({ $0 == UInt8(ascii: "=") }) ?? true {
                return Substring(rest.dropFirst())
            }
            if end < query.endIndex { start = query.index(after: end) } else { return nil }
        }
        return nil
    }
}

/// What is known of a message besides its content.
public struct MessageFacts: Sendable {
    public var number: UInt64
    public var side: Side
    /// When its first byte came, in nanoseconds.
    public var startTime: Int64
    /// When its last byte came.
    public var endTime: Int64
    public var isText: Bool
    /// All of its content is at hand.
    public var isWhole: Bool

    public init(number: UInt64, side: Side, startTime: Int64, endTime: Int64, isText: Bool, isWhole: Bool) {
        self.number = number
        self.side = side
        self.startTime = startTime
        self.endTime = endTime
        self.isText = isText
        self.isWhole = isWhole
    }

    /// Packets that came by polling, before the WebSocket opened, are numbered by themselves: the first has the number after this one.
    public static let polled: UInt64 = 1 << 63

    /// The number of such a packet among them, from 1; nil for the number of a message.
    public static func polledNumber(_ number: UInt64) -> UInt64? { number > polled ? number - polled : nil }

    /// `message 12`, or `polled packet 3`.
    public static func name(of number: UInt64) -> String {
        polledNumber(number).map { "polled packet \($0)" } ?? "message \(number)"
    }

    static let none = MessageFacts(number: 0, side: .client, startTime: 0, endTime: 0, isText: false, isWhole: false)
}
