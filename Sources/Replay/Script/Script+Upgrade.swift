import Digests
import HTTP
import Inspection
import WebSocket

/// A field of the request that the user wants otherwise: another value, or none.
public struct FieldChange: Sendable, Equatable {
    public var name: String
    /// Nil for leaving the field out.
    public var value: String?

    /// Reads `Name: value`; `Name:` leaves the field out. Nil for anything else.
    public init?(_ written: String) {
        guard let colon = written.firstIndex(of: ":") else { return nil }
        name = String(written[..<colon])
        let rest = written[written.index(after: colon)...].drop { $0 == " " }
        guard name.isToken, rest.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        value = rest.isEmpty ? nil : String(rest)
    }
}

extension Script {
    // MARK: The client's

    /// The upgrade request of the script for another server, with a new key. Of HTTP/2, what it is in HTTP/1.1.
    /// - Parameter key: 16 random bytes in base64 (RFC 6455 §4.1).
    public func request(to target: Target, key: String, _ changes: [FieldChange], _ values: Values) -> RequestHead? {
        guard let captured = connection.request else { return nil }
        let host = captured.host
        var headers: [Header] = []
        var hasHost = false
        for header in captured.headers where !header.name.hasPrefix(":") {
            if header.isNamed("Host") {
                if !hasHost { headers.append(Header(name: "Host", value: target.authority)) }
                hasHost = true
            } else if header.isNamed("Sec-WebSocket-Key") {
                headers.append(Header(name: header.name, value: key))
            } else if header.isNamed("Origin"), let host, header.value.hasSuffix("://\(host)") {
                // The page came from the server itself, and so it does now.
                headers.append(Header(name: header.name, value: "\(target.isSecure ? "https" : "http")://\(target.authority)"))
            } else {
                headers.append(Header(name: header.name, value: values.replaced(in: header.value)))
            }
        }
        if !hasHost { headers.insert(Header(name: "Host", value: target.authority), at: 0) }
        let needed = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", key), ("Sec-WebSocket-Version", "13")]
        for (name, value) in needed where !headers.contains(where: { $0.isNamed(name) }) {
            headers.append(Header(name: name, value: value))
        }
        for change in changes {
            let place = headers.firstIndex { $0.isNamed(change.name) } ?? headers.count
            headers.removeAll { $0.isNamed(change.name) }
            guard let value = change.value else { continue }
            headers.insert(Header(name: change.name, value: value), at: min(place, headers.count))
        }
        let path = target.target ?? values.replaced(in: Self.path(captured.target))
        return RequestHead(method: "GET", target: path.isEmpty ? "/" : path, headers: Headers(headers))
    }

    /// A target without scheme and host, which it has where a proxy is asked (RFC 9112 §3.2.2).
    private static func path(_ target: String) -> String {
        guard !target.hasPrefix("/"), let colon = target.firstIndex(of: ":"), target[colon...].hasPrefix("://") else { return target }
        return String(target[colon...].dropFirst(3).drop { $0 != "/" && $0 != "?" })
    }

    // MARK: The server's

    /// The answer of the script to another request: what that does not offer is not agreed on.
    public func response(to request: RequestHead) -> ResponseHead? {
        guard let captured = connection.response else { return nil }
        guard captured.isGrant else { return refusal(captured) }
        let offer = UpgradeRequest(request)
        var headers: [Header] = []
        for header in captured.headers where !header.name.hasPrefix(":") {
            let isOwn = ["Sec-WebSocket-Accept", "Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol", "Date"].contains {
                header.isNamed($0)
            }
            if !isOwn { headers.append(header) }
        }
        for (name, value) in [("Upgrade", "websocket"), ("Connection", "Upgrade")] where !headers.contains(where: { $0.isNamed(name) }) {
            headers.append(Header(name: name, value: value))
        }
        headers.append(Header(name: "Sec-WebSocket-Accept", value: acceptValue(forKey: offer?.key ?? "")))
        if let name = connection.subprotocol, offer?.protocols.contains(name) ?? false {
            headers.append(Header(name: "Sec-WebSocket-Protocol", value: name))
        }
        if let agreed = Self.compression(connection, offer) {
            headers.append(Header(name: "Sec-WebSocket-Extensions", value: agreed))
        }
        return ResponseHead(status: 101, reason: "Switching Protocols", headers: Headers(headers))
    }

    /// Compression as in the script, as far as it was offered (RFC 7692 §7.1).
    private static func compression(_ connection: Connection, _ offer: UpgradeRequest?) -> String? {
        let name = DeflateParameters.extensionName
        guard let deflate = connection.deflate,
            let offered = offer?.extensions.extensions.first(where: { $0.name.equalsIgnoringCase(name) })
        else { return nil }
        var words = [name]
        if deflate.server.resetsContext || offered.parameter("server_no_context_takeover") != nil {
            words.append("server_no_context_takeover")
        }
        if deflate.client.resetsContext { words.append("client_no_context_takeover") }
        func bits(_ side: DeflateParameters.Side, _ parameter: Extension.Parameter?) -> Int {
            min(side.windowBits, parameter?.value.flatMap { Int($0) } ?? 15)
        }
        let server = bits(deflate.server, offered.parameter("server_max_window_bits"))
        if server < 15 { words.append("server_max_window_bits=\(server)") }
        if let parameter = offered.parameter("client_max_window_bits") {
            let client = bits(deflate.client, parameter)
            if client < 15 { words.append("client_max_window_bits=\(client)") }
        }
        return words.joined(separator: "; ")
    }

    /// The refusal of the script; its body has the length of what was kept.
    private func refusal(_ captured: ResponseHead) -> ResponseHead {
        var headers = captured.headers.filter { header in
            !header.name.hasPrefix(":")
                && !["Content-Length", "Transfer-Encoding", "Content-Encoding", "Connection", "Upgrade"].contains { header.isNamed($0) }
        }
        headers.append(Header(name: "Content-Length", value: "\(refusalBody.count)"))
        headers.append(Header(name: "Connection", value: "close"))
        return ResponseHead(status: captured.status, reason: captured.reason, headers: Headers(headers))
    }

    /// What the script's server said of its refusal, as far as it was kept.
    public var refusalBody: [UInt8] { connection.refusalBody?.content ?? [] }
}
