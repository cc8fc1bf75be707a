import Bytes
import HTTP
import Inspection
import Packets

/// Numbers for who asked for what: a group for each client, URL and kind of client, an endpoint for each client and server.
struct Origins {
    private(set) var groupCount = 0
    private(set) var endpointCount = 0
    /// The URL of each group, without its query; nil where no request was captured. Empty where they are not kept.
    private(set) var urls: [String?] = []
    private let keepsURLs: Bool
    private var groupNumbers: [Key: Int] = [:]
    private var endpointNumbers: [Key: Int] = [:]

    /// As much of a URL as is kept.
    private static let urlByteCount = 512

    // One type for both tables: the runtime makes each of them anew, and looks through all of the program's conformances for it.
    private struct Key: Hashable {
        var client: IPAddress
        /// The server of an endpoint. Of a group, where there is no request, it stands for what was asked of it.
        var server: Endpoint?
        /// Of a group, a hash of the URL without its query, and of what a client says of itself.
        var request = 0
    }

    init(keepsURLs: Bool) { self.keepsURLs = keepsURLs }

    /// Gives numbers of their own to all that follows, also to those who had one before.
    mutating func beginAnew() {
        groupNumbers = [:]
        endpointNumbers = [:]
    }

    mutating func origin(of connection: Connection) -> Lanes.Origin {
        let key = Key(
            client: connection.client.address, server: connection.request == nil ? connection.server : nil,
            request: connection.request.map { Self.hash(of: $0) } ?? 0)
        let group = groupNumbers[key] ?? groupCount
        if group == groupCount {
            groupNumbers[key] = group
            groupCount += 1
            if keepsURLs { urls.append(connection.url.map(Self.kept)) }
        }
        return Lanes.Origin(group: group, endpoint: endpoint(key.client, connection.server))
    }

    mutating func origin(of attempt: TransportAttempt) -> Lanes.Origin {
        Lanes.Origin(group: nil, endpoint: endpoint(attempt.client.address, attempt.server))
    }

    private mutating func endpoint(_ client: IPAddress, _ server: Endpoint) -> Int {
        let key = Key(client: client, server: server)
        if let known = endpointNumbers[key] { return known }
        endpointNumbers[key] = endpointCount
        endpointCount += 1
        return endpointCount - 1
    }

    /// Of the path and the host, and of User-Agent and Origin.
    private static func hash(of request: RequestHead) -> Int {
        var hasher = Hasher()
        let target = request.target.utf8.span
        hasher.combine(target.extracting(first: target.index(of: UInt8(ascii: "?")) ?? target.count))
        for name in request.isOfStream ? [":authority", "User-Agent", "Origin"] : ["Host", "User-Agent", "Origin"] {
            if let value = request.headers.bytes(of: name) { hasher.combine(value) } else { hasher.combine(0) }
        }
        return hasher.finalize()
    }

    private static func kept(_ url: String) -> String {
        let bytes = url.utf8.prefix { $0 != UInt8(ascii: "?") }
        return String(decoding: bytes.prefix(urlByteCount), as: UTF8.self)
    }
}

extension Connection {
    /// A hash of the query of its URL, which may tell a client apart from others; 0 where it has none.
    var queryHash: Int {
        guard let request else { return 0 }
        let target = request.target.utf8.span
        guard let mark = target.index(of: UInt8(ascii: "?")) else { return 0 }
        var hasher = Hasher()
        hasher.combine(target.extracting(mark..<target.count))
        return hasher.finalize()
    }
}

extension Span where Element == UInt8 {
    fileprivate func index(of byte: UInt8) -> Int? {
        for index in indices where self[index] == byte { return index }
        return nil
    }
}

extension Hasher {
    /// Bytes, and how many.
    mutating func combine(_ bytes: Span<UInt8>) {
        combine(bytes.count)
        // Invariant: the bytes are read within the call.
        unsafe bytes.withUnsafeBytes { unsafe combine(bytes: $0) }
    }
}
