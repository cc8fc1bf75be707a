import HTTP
import Inspection
import Packets

/// The targets that clients request again and again, within a limit.
package struct PollTable {
    private var polls: [Polling.Key: Polling] = [:]
    private let limit: Int
    /// Requests for targets beyond the limit.
    package private(set) var overlooked: UInt64 = 0

    package init(limit: Int) { self.limit = limit }

    package mutating func take(_ exchange: Exchange) {
        let target = RequestTarget(exchange.target)
        let session = target.engineIO(transport: "polling")
        var key = Polling.Key(
            client: exchange.client.address, server: exchange.server, method: session == nil ? exchange.method : "",
            path: Self.cut(target.path), session: session.map(Self.cut))
        if session == "", let given = Self.sessionGiven(exchange.responseBody) { key.session = given }
        guard polls[key] != nil || polls.count < limit else {
            overlooked += 1
            return
        }
        polls[key, default: Polling(key)].take(exchange)
    }

    /// What polls, the client that asks most first.
    package var found: [Polling] {
        polls.values.filter(\.isPolling).sorted { a, b in
            a.headBytes != b.headBytes ? a.headBytes > b.headBytes : (a.key.path, a.key.session ?? "") < (b.key.path, b.key.session ?? "")
        }
    }

    private static func cut(_ name: String) -> String {
        let limit = ConnectionFigures.urlByteCount
        return name.utf8.count > limit ? String(decoding: name.utf8.prefix(limit), as: UTF8.self) : name
    }

    /// The `sid` in the packet that opens a session, which is the first member in what the libraries write.
    private static func sessionGiven(_ body: ExchangeBody) -> String? {
        let parts = String(decoding: body.start, as: UTF8.self).split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count > 4, parts[1] == "sid" else { return nil }
        return String(parts[3])
    }
}
