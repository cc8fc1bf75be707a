import HTTP
import Inspection
import WebSocket

/// What differs between two heads: fields added, dropped, or with another value.
struct HandshakeChange {
    /// The field's name as it is written where it is.
    var name: String
    /// nil where the field is not there.
    var before: String?
    var after: String?

    /// Fields that say something about the one connection they are of, or the moment: no news between two runs.
    private static let volatile: Set<String> = [
        "sec-websocket-key", "sec-websocket-accept", "age", "expires", "last-modified", "etag", "x-request-id", "x-correlation-id",
        "request-id",
        "traceparent", "tracestate", "x-amzn-trace-id", "x-amz-cf-id", "x-amzn-requestid", "cf-ray", "x-b3-traceid", "x-b3-spanid",
        "x-cloud-trace-context", "x-request-start", "x-runtime", "x-response-time", "server-timing", "report-to", "if-none-match",
    ]
    /// Fields that only HTTP/1.1 has, or that its upgrade alone needs (RFC 9113 §8.2.2, RFC 8441 §5).
    private static let ofHTTP1: Set<String> = [
        "connection", "upgrade", "keep-alive", "proxy-connection", "transfer-encoding", "te", "http2-settings", "sec-websocket-key",
        "sec-websocket-accept",
    ]
    /// Fields of which the port differs between runs.
    private static let withPort: Set<String> = ["host", "origin", "referer", "location"]

    /// - Parameters:
    ///   - isTranslated: one head is of HTTP/2 and the other of HTTP/1.1.
    static func compare(_ a: Headers, _ b: Headers, areRuns: Bool, isTranslated: Bool, _ options: DifferenceOptions) -> [HandshakeChange] {
        let (left, right) = (fields(a), fields(b))
        var changes: [HandshakeChange] = []
        func isCompared(_ name: String) -> Bool {
            if options.ignoredHeaders.contains(name) || name == "date" && !options.isExact { return false }
            if isTranslated, ofHTTP1.contains(name) { return false }
            return options.isExact || !areRuns || !volatile.contains(name)
        }
        func comparable(_ value: String, _ name: String) -> String {
            // Their case means nothing (RFC 9110 §7.6.1, §7.8).
            if name == "connection" || name == "upgrade" { return value.lowercased() }
            guard areRuns, !options.isExact else { return value }
            if withPort.contains(name) { return withoutPort(value) }
            // Values of cookies are sessions; that one is there, or not, is news.
            if name == "cookie" || name == "set-cookie" { return cookieNames(value) }
            if name == "authorization" { return String(value.prefix { $0 != " " }) }
            return value
        }
        for (name, field) in left.order.map({ ($0, left.fields[$0]!) }) where isCompared(name) {
            guard let other = right.fields[name] else {
                changes.append(HandshakeChange(name: field.name, before: field.value, after: nil))
                continue
            }
            if comparable(field.value, name) != comparable(other.value, name) {
                changes.append(HandshakeChange(name: field.name, before: field.value, after: other.value))
            }
        }
        for name in right.order where left.fields[name] == nil && isCompared(name) {
            guard let field = right.fields[name] else { continue }
            changes.append(HandshakeChange(name: field.name, before: nil, after: field.value))
        }
        return changes
    }

    /// Fields by their names in lower case, several of the same name joined (RFC 9110 §5.3), in the order in which they came.
    private static func fields(_ headers: Headers) -> (order: [String], fields: [String: (name: String, value: String)]) {
        var order: [String] = []
        var fields: [String: (name: String, value: String)] = [:]
        for header in headers {
            var shown = header.name
            if shown.lowercased() == ":authority" { shown = "Host" }
            guard !shown.hasPrefix(":") else { continue }
            let name = shown.lowercased()
            if let known = fields[name] {
                fields[name]?.value = known.value + (name == "cookie" ? "; " : ", ") + header.value
            } else {
                order.append(name)
                fields[name] = (shown, header.value)
            }
        }
        return (order, fields)
    }

    private static func withoutPort(_ value: String) -> String {
        guard let colon = value.lastIndex(of: ":") else { return value }
        let rest = value[value.index(after: colon)...]
        let port = rest.prefix { $0.isNumber }
        guard !port.isEmpty, port.count <= 5 else { return value }
        return String(value[..<colon]) + rest.dropFirst(port.count)
    }

    private static func cookieNames(_ value: String) -> String {
        value.split(separator: ";").map { pair in
            String(pair.prefix { $0 != "=" }.drop { $0 == " " })
        }.joined(separator: ";")
    }

    /// A target without what differs by nature in its query: `/ws?token=…`.
    static func withoutVolatile(_ target: String) -> String {
        guard let mark = target.firstIndex(of: "?") else { return target }
        let query = target[target.index(after: mark)...].split(separator: "&").map { pair -> String in
            guard let sign = pair.firstIndex(of: "=") else { return String(pair) }
            let (name, value) = (pair[..<sign], pair[pair.index(after: sign)...])
            return Volatile.isName(name.utf8.map { $0 }) || Volatile.isValue(value.utf8.map { $0 }) ? "\(name)=" : String(pair)
        }
        return target[..<mark] + "?" + query.joined(separator: "&")
    }
}
