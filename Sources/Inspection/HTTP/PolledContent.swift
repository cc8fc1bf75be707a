import Bytes
import HTTP
import WebSocket

/// A body in which Engine.IO's packets come, while it comes.
final class PolledContent {
    let isOfRequest: Bool
    private let codings: [String]
    private var excerpt: BodyExcerpt
    /// When its first byte came, and its last; nil before that.
    private(set) var times: (first: Timestamp, last: Timestamp)?
    private var hasGap = false
    /// What this contributes to the count of waiting bytes.
    var countedByteCount = 0

    init(ofRequest isOfRequest: Bool, codings: [String], limit: Int) {
        self.isOfRequest = isOfRequest
        self.codings = codings
        excerpt = BodyExcerpt(limit: limit)
    }

    var keptByteCount: Int { excerpt.bytes.count }

    /// Takes content; what follows a gap is of no use, since nothing tells where in a packet it begins.
    func add(_ content: Span<UInt8>) { if !hasGap { excerpt.add(content) } }

    func note(_ first: Timestamp, _ last: Timestamp) { times = (times?.first ?? first, last) }

    func noteGap() { hasGap = true }

    /// What there is of it without its coding.
    func content(isOver: Bool) -> (bytes: [UInt8], isWhole: Bool) {
        guard let content = excerpt.content(without: codings) else { return ([], false) }
        return (content.bytes, isOver && !hasGap && content.isWhole)
    }
}

/// Hands a body's content to whoever wants it of an exchange.
struct ExchangeTap: BodyContent {
    let exchange: OpenExchange
    let isOfRequest: Bool

    mutating func add(_ content: Span<UInt8>) { exchange.add(content, ofRequest: isOfRequest) }
}
