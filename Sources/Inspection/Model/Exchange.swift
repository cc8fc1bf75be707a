import Bytes
import HTTP
import Packets

/// One HTTP request that asked for no WebSocket, and what answered it.
public struct Exchange: Sendable {
    public var client: Endpoint
    public var server: Endpoint
    public var method: String
    /// As in the request, including the query.
    public var target: String
    /// The field Host.
    public var host: String?
    /// When the request began.
    public var time: Timestamp
    /// Bytes of the heads, including interim responses.
    public var requestHeadBytes: UInt64
    public var responseHeadBytes: UInt64 = 0
    public var requestBody = ExchangeBody()
    public var responseBody = ExchangeBody()
    /// Nil if no answer was captured.
    public var status: Int?

    /// Nil if the request names no host.
    public var url: String? {
        if target.utf8.first != UInt8(ascii: "/"), target != "*" { return target }
        return host.map { "http://\($0)\(target == "*" ? "" : target)" }
    }
}

/// What is known of a body, whose bytes are not kept.
public struct ExchangeBody: BodyContent, Sendable, Equatable {
    /// Bytes of the content, as coded; chunk headers are not counted.
    public private(set) var byteCount: UInt64 = 0
    /// The first bytes, 64 at most: enough to recognise the shortest messages.
    public private(set) var start: [UInt8] = []
    /// The number of bytes 1E, which separate the packets of an Engine.IO body.
    public private(set) var separatorCount: UInt64 = 0

    public init() {}

    public mutating func add(_ content: Span<UInt8>) {
        for place in content.indices {
            if start.count < 64, UInt64(start.count) == byteCount { start.append(content[place]) }
            if content[place] == 0x1E { separatorCount += 1 }
            byteCount += 1
        }
    }

    /// Keeps the count only.
    public mutating func forgetContent() { start = [] }

    /// Counts bytes that were not captured.
    mutating func noteGap(_ count: UInt64) { byteCount = byteCount.addingReportingOverflow(count).partialValue }
}
