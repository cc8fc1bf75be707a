import Bytes
import HTTP

/// The keys of past handshakes, so that one that is used again is noticed (RFC 6455 §4.1, item 7).
///
/// A key counts as used again only between the same client address and the same server from another port: a proxy passes a
/// client's key on, so that a capture of both its sides has it twice with nobody at fault; on one and the same TCP connection a
/// client may repeat a request that was refused; and a capture may be read twice. Remembers at least the last 32,768 keys.
package struct KeyHistory: Sendable {
    private struct Use: Hashable, Sendable {
        var key: HandshakeKey
        var place: KeyPlace
    }

    private static var limit: Int { 32_768 }
    private var recent: [Use: UInt16] = [:]
    private var older: [Use: UInt16] = [:]

    package init() {}

    /// Takes the key of a handshake; what is to be said of it.
    ///
    /// - Parameters:
    ///   - place: the two ends, without the client's port.
    ///   - port: the client's.
    package mutating func judge(_ request: RequestHead, at place: KeyPlace, port: UInt16) -> Finding? {
        guard let key = HandshakeKey(of: request) else { return nil }
        let use = Use(key: key, place: place)
        let before: UInt16?
        if recent.count < Self.limit {
            before = recent.updateValue(port, forKey: use) ?? (older.isEmpty ? nil : older[use])
        } else {
            before = recent[use] ?? older[use]
            older = recent
            recent = [use: port]
        }
        return before.map { $0 != port } == true
            ? Finding(.keyReused, expected: "a key of its own", found: request.headers.value(of: "Sec-WebSocket-Key")) : nil
    }
}

/// The two ends between which a key must be fresh: two addresses and the server's port, as numbers.
package struct KeyPlace: Hashable, Sendable {
    private var clientHigh: UInt64
    private var clientLow: UInt64
    private var serverHigh: UInt64
    private var serverLow: UInt64
    /// The server's port, and in the two bits above it which addresses are those of IPv4.
    private var rest: UInt32

    /// - Parameters:
    ///   - client: the halves of an address as `IPAddress` has them.
    ///   - server: likewise.
    package init(
        client: (high: UInt64, low: UInt64, isV4: Bool), server: (high: UInt64, low: UInt64, isV4: Bool), port: UInt16
    ) {
        (clientHigh, clientLow) = (client.high, client.low)
        (serverHigh, serverLow) = (server.high, server.low)
        rest = UInt32(port) | (client.isV4 ? 1 << 16 : 0) | (server.isV4 ? 1 << 17 : 0)
    }
}

/// A Sec-WebSocket-Key as it was written, in a form that is compared fast: nearly all have 24 bytes.
private struct HandshakeKey: Hashable, Sendable {
    private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    /// One of another length.
    private var odd: [UInt8]?

    /// Nil where there is none, or it is too long to be remembered.
    init?(of request: RequestHead) {
        guard let written = request.headers.bytes(of: "Sec-WebSocket-Key"), written.count <= 64 else { return nil }
        if written.count == 24 {
            words = (written.uint64LE(at: 0), written.uint64LE(at: 8), written.uint64LE(at: 16))
        } else {
            odd = written.copied()
        }
    }

    static func == (a: HandshakeKey, b: HandshakeKey) -> Bool { a.words == b.words && a.odd == b.odd }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        if let odd { hasher.combine(odd) }
    }
}
