import HTTP
import Inspection
import WebSocket

/// Which connection of A is which of B.
///
/// Every step looks each connection up in a table once, so that the work grows with their number and not with its square.
struct ConnectionMatching {
    /// What says that two connections belong together.
    enum Basis: String, Sendable {
        /// Sec-WebSocket-Key and Sec-WebSocket-Accept are the same.
        case key
        /// The messages are the same.
        case messages
        /// The URL's path is the same.
        case path
        /// They are in the same place in the order of their captures.
        case order
        /// One was made from the other.
        case replay
    }

    struct Match {
        var a: Int
        var b: Int
        var basis: Basis
    }

    private(set) var matches: [Match] = []
    /// Connections and messages that were looked up.
    private(set) var stepCount = 0
    private var left: [Int]
    private var right: [Int]
    private let a: [ComparedConnection]
    private let b: [ComparedConnection]

    /// Connections without a counterpart.
    var onlyA: [Int] { left }
    var onlyB: [Int] { right }

    init(_ a: [ComparedConnection], _ b: [ComparedConnection]) {
        self.a = a
        self.b = b
        left = Array(a.indices)
        right = Array(b.indices)
        match(by: .key) { $0.handshakeKey }
        // One of them was refused, or not answered.
        match(by: .key) { $0.connection.request?.headers.value(of: "Sec-WebSocket-Key") }
        match(by: .messages) { connection in
            connection.messageCount > 0 ? connection.signature.map { "\($0) \(connection.path ?? "")" } : nil
        }
        match(by: .messages) { connection in connection.messageCount > 2 ? connection.signature.map { "\($0)" } : nil }
        matchByMessages()
        match(by: .path) { $0.target }
        match(by: .path) { $0.path }
        if left.count == right.count { match(by: .order) { _ in "" } }
        matches.sort { $0.a < $1.a }
    }

    /// Pairs the first connection with a value with the first of the other capture that has it, the second with the second.
    private mutating func match(by basis: Basis, _ value: (ComparedConnection) -> String?) {
        guard !left.isEmpty, !right.isEmpty else { return }
        var places: [String: (next: Int, all: [Int])] = [:]
        for j in right { if let value = value(b[j]) { places[value, default: (0, [])].all.append(j) } }
        var taken = Set<Int>()
        stepCount += left.count + right.count
        left = left.filter { i in
            guard let value = value(a[i]), let index = places.index(forKey: value),
                places.values[index].next < places.values[index].all.count
            else { return true }
            let j = places.values[index].all[places.values[index].next]
            places.values[index].next += 1
            taken.insert(j)
            matches.append(Match(a: i, b: j, basis: basis))
            return false
        }
        if !taken.isEmpty { right = right.filter { !taken.contains($0) } }
    }

    // MARK: Most messages in common

    /// Messages of a connection that are looked at, of either side, and connections that a message may be of to say anything.
    private static let sampleCount = 128
    private static let commonCount = 4

    private mutating func matchByMessages() {
        guard !left.isEmpty, !right.isEmpty else { return }
        var owners: [UInt64: [Int]] = [:]
        for j in right { for digest in Set(b[j].sample(Self.sampleCount)) { owners[digest, default: []].append(j) } }
        var taken = Set<Int>()
        left = left.filter { i in
            var votes: [Int: Int] = [:]
            for digest in Set(a[i].sample(Self.sampleCount)) {
                stepCount += 1
                guard let list = owners[digest], list.count <= Self.commonCount else { continue }
                for j in list where !taken.contains(j) { votes[j, default: 0] += a[i].path == b[j].path ? 3 : 2 }
            }
            guard let best = votes.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), best.value >= 4 else { return true }
            taken.insert(best.key)
            matches.append(Match(a: i, b: best.key, basis: .messages))
            return false
        }
        if !taken.isEmpty { right = right.filter { !taken.contains($0) } }
    }
}

extension ComparedConnection {
    /// Key and accept; nil where the capture lacks one, and over HTTP/2, which has neither (RFC 8441 §5).
    var handshakeKey: String? {
        guard let key = connection.request?.headers.value(of: "Sec-WebSocket-Key"), !key.isEmpty else { return nil }
        guard let accept = connection.response?.headers.value(of: "Sec-WebSocket-Accept") else { return nil }
        return "\(key) \(accept)"
    }

    /// Digest of all messages but pings and pongs.
    fileprivate var signature: UInt64? {
        var hasher = Hasher()
        var count = 0
        for (side, messages) in [client, server].enumerated() {
            hasher.combine(side)
            for message in messages where !message.isHeartbeat && !message.opcode.isControl {
                hasher.combine(message.digest)
                count += 1
            }
        }
        return count == 0 ? nil : UInt64(bitPattern: Int64(hasher.finalize()))
    }

    fileprivate func sample(_ count: Int) -> [UInt64] {
        [client, server].flatMap { $0.lazy.filter { !$0.opcode.isControl && $0.length > 1 }.prefix(count).map(\.digest) }
    }
}
