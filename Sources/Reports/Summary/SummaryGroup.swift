import Channels
import Bytes
import Inspection
import Packets
import Verdicts

/// Connections that ended alike: of one server, with one URL, in one way.
struct SummaryGroup: Sendable {
    struct Key: Hashable {
        /// Without its query, which often names a session.
        var url: String
        var server: Endpoint
        var phrase: String
        var browser: UInt16?
        /// Not one of several, but this one.
        var number: UInt64 = 0
        /// The same of a TCP connection that came to nothing.
        var flow: UInt64 = 0
    }

    let key: Key
    let standing: Verdict.Standing
    private(set) var count: UInt64 = 0
    /// The number of its first connection, in order of appearance.
    private(set) var first = UInt64.max
    private(set) var shortest = Int64.max
    private(set) var longest: Int64 = 0
    /// Frames, or messages of what was recorded.
    private(set) var frames: UInt64 = 0
    private(set) var bytes: UInt64 = 0
    /// That of all its connections; nil where they differ.
    private(set) var url: String?
    private(set) var client: Endpoint?
    /// The stream of the only one, if it is one.
    private(set) var stream: UInt64?
    /// The processes at the ends of all of them; nil where they differ.
    private(set) var owners: SocketOwners?
    /// The client of all of them where only ports differ.
    private(set) var address: IPAddress?

    /// As much of a URL as a row shows at most, so that rows that are kept take bounded memory.
    static func kept(_ url: String) -> String { url.utf8.count <= 512 ? url : String(url.prefix(128)) }

    init(_ key: Key, _ standing: Verdict.Standing) {
        self.key = key
        self.standing = standing
    }

    /// A TCP connection that came to nothing has no number.
    mutating func add(_ attempt: TransportAttempt) {
        note(attempt.serverName, attempt.client)
        count += 1
        shortest = min(shortest, attempt.nanoseconds)
        longest = max(longest, attempt.nanoseconds)
    }

    private mutating func note(_ url: String?, _ client: Endpoint) {
        if count == 0 {
            self.url = url.map(Self.kept)
            self.client = client
            address = client.address
        } else {
            if let known = self.url, known != url.map(Self.kept) { self.url = nil }
            if self.client != client { self.client = nil }
            if address != client.address { address = nil }
        }
    }

    mutating func add(_ end: ConnectionEnd, lasting duration: Int64) {
        let connection = end.connection
        note(connection.url, connection.client)
        stream = count == 0 ? connection.carrier.stream : nil
        owners = count == 0 || owners == connection.owners ? connection.owners : nil
        count += 1
        first = min(first, connection.number)
        shortest = min(shortest, duration)
        longest = max(longest, duration)
        frames += end.unitCount
        bytes = bytes.addingSaturated(end.byteCount)
    }
}
