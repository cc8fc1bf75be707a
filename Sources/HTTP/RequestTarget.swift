/// The target of a request: its path, and what an Engine.IO client says in the query.
package struct RequestTarget {
    package let path: String
    private let query: Substring

    package init(_ target: String) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        query = parts.count > 1 ? parts[1] : ""
    }

    /// The value of a parameter of the query, undecoded.
    package func value(of name: String) -> Substring? {
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts[0] == name { return parts.count > 1 ? parts[1] : "" }
        }
        return nil
    }

    /// The session of an Engine.IO request over a transport, empty where it opens one; nil for any other request.
    package func engineIO(transport: String) -> String? {
        guard value(of: "transport") == transport[...], value(of: "EIO") != nil else { return nil }
        return value(of: "sid").map(String.init) ?? ""
    }

    /// Whether a target is one where Engine.IO polls. Most have no query, and are only looked through for one.
    package static func isPolling(_ target: String) -> Bool {
        guard target.utf8.contains(UInt8(ascii: "?")) else { return false }
        return RequestTarget(target).engineIO(transport: "polling") != nil
    }
}
