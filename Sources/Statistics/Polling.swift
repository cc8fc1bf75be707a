import Bytes
import HTTP
import Inspection
import Packets
import Streams
import WebSocket

/// The requests of one client for one target, and what the same payloads would cost as WebSocket frames.
package struct Polling {
    package struct Key: Hashable {
        package var client: IPAddress
        package var server: Endpoint
        /// Empty for Engine.IO, whose two methods belong together.
        package var method: String
        package var path: String
        /// Of Engine.IO; nil for other requests, empty while the server has not given one.
        package var session: String?
    }

    /// So many requests for a target are polling; fewer happen by accident. Engine.IO says itself that it polls.
    package static let leastCount: UInt64 = 5

    package var key: Key
    /// Requests for news: all of them, but with Engine.IO only those with GET.
    package private(set) var polls: UInt64 = 0
    /// Engine.IO's requests with POST, which bring the client's messages.
    package private(set) var posts: UInt64 = 0
    /// Polls whose answer brought nothing.
    package private(set) var empty: UInt64 = 0
    /// Answered with an error or a redirection.
    package private(set) var failed: UInt64 = 0
    package private(set) var unanswered: UInt64 = 0
    /// Between the beginnings of one poll and the next.
    package private(set) var intervals = Durations()
    private var lastTime: Timestamp?

    package private(set) var requestHeadBytes: UInt64 = 0
    package private(set) var responseHeadBytes: UInt64 = 0
    /// Content that brought something, and other content.
    package private(set) var payloadBytes: UInt64 = 0
    package private(set) var idleBytes: UInt64 = 0

    /// What brought something, taken for a message each.
    package private(set) var payloads: UInt64 = 0
    /// Headers of the frames that would have brought it.
    package private(set) var frameHeaderBytes: UInt64 = 0

    package init(_ key: Key) { self.key = key }

    package var isPolling: Bool { key.session != nil || polls >= Self.leastCount }
    package var headBytes: UInt64 { requestHeadBytes + responseHeadBytes }
    private var isEngineIO: Bool { key.session != nil }

    // MARK: Counting

    package mutating func take(_ exchange: Exchange) {
        requestHeadBytes += exchange.requestHeadBytes
        responseHeadBytes += exchange.responseHeadBytes
        let isPost = isEngineIO && exchange.method == "POST"
        if isPost {
            posts += 1
        } else {
            polls += 1
            if let lastTime { intervals.add(exchange.time.nanoseconds(since: lastTime)) }
            lastTime = max(lastTime ?? exchange.time, exchange.time)
        }
        carry(exchange.requestBody, fromClient: true)
        guard let status = exchange.status else {
            unanswered += 1
            return
        }
        guard (200..<300).contains(status) || status == 304 else {
            failed += 1
            idleBytes += exchange.responseBody.byteCount
            return
        }
        if isPost {
            // Engine.IO answers "ok", which as a frame would be none.
            idleBytes += exchange.responseBody.byteCount
        } else if status == 204 || status == 304 || isNothing(exchange.responseBody) {
            empty += 1
            idleBytes += exchange.responseBody.byteCount
        } else {
            carry(exchange.responseBody, fromClient: false)
        }
    }

    /// No content, or Engine.IO's packet of type noop: `6`, in its protocol 3 with a length before it.
    private func isNothing(_ body: ExchangeBody) -> Bool {
        if body.byteCount == 0 { return true }
        guard isEngineIO, body.byteCount <= 3 else { return false }
        return body.start.elementsEqual("6".utf8) || body.start.elementsEqual("1:6".utf8)
    }

    /// Engine.IO puts several packets into one body, each of which would be a frame.
    private mutating func carry(_ body: ExchangeBody, fromClient: Bool) {
        guard body.byteCount > 0 else { return }
        let separators = isEngineIO ? min(body.separatorCount, body.byteCount) : 0
        let count = separators + 1
        let content = body.byteCount - separators
        payloads += count
        payloadBytes += content
        idleBytes += separators
        // How long each of them is, is not known: they are taken to be equally long.
        frameHeaderBytes += count * FrameHeader.byteCount(forPayload: content / count, isMasked: fromClient)
    }
}

extension Polling {
    /// Bytes that a request must have beside those of a poll to open a WebSocket: Upgrade, Connection, a key and a version.
    package static let upgradeFieldBytes: UInt64 = 113
    /// The shortest 101: a status line, Upgrade, Connection and the accept value (RFC 6455 §4.2.2).
    package static let shortestAnswerBytes: UInt64 = 129

    /// The heads that open a WebSocket for the same client, from those of its polls.
    package var estimatedHandshakeBytes: UInt64 {
        requestHeadBytes / max(polls + posts, 1) + Self.upgradeFieldBytes + Self.shortestAnswerBytes
    }
}
