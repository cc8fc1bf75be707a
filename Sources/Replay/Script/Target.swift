import HTTP

/// Where a script is played to: a `ws:` or `wss:` URL (RFC 6455 §3).
public struct Target: Sendable, Equatable {
    public var isSecure: Bool
    public var host: String
    public var port: UInt16
    /// Path and query; nil where the URL has none, and those of the script are meant.
    public var target: String?

    /// Why a URL cannot be read, as a sentence.
    public struct Mistake: Error, Equatable {
        public var words: String
    }

    public init(_ url: String) throws(Mistake) {
        guard let schemeEnd = url.firstIndex(of: ":"), url[schemeEnd...].hasPrefix("://") else {
            throw Mistake(words: "expected a URL: ws://HOST:PORT/PATH or wss://HOST:PORT/PATH.")
        }
        switch url[..<schemeEnd].lowercased() {
        case "ws": isSecure = false
        case "wss": isSecure = true
        default: throw Mistake(words: "expected ws:// or wss://, and not \(url[..<schemeEnd])://.")
        }
        let rest = url[schemeEnd...].dropFirst(3)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let path = rest.dropFirst(authority.count)
        guard !path.contains("#") else { throw Mistake(words: "a URL of a WebSocket has no fragment (#).") }
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Mistake(words: "what is no printable ASCII in a path is written with %.")
        }
        guard !authority.contains("@") else { throw Mistake(words: "leave user and password out, and use --header 'Authorization: …'.") }
        var host = authority
        var port: UInt16 = isSecure ? 443 : 80
        if let colon = authority.lastIndex(of: ":"), authority.last != "]" {
            guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0 else {
                throw Mistake(words: "expected a port from 1 to 65535 after the host.")
            }
            port = number
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw Mistake(words: "an IPv6 address stands in brackets: ws://[::1]:8080/.")
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw Mistake(words: "the host is missing.") }
        self.host = String(host)
        self.port = port
        target = path.isEmpty ? nil : path.hasPrefix("?") ? "/\(path)" : String(path)
    }

    /// As in Host, the port left out where it is the scheme's own.
    public var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// The URL with a path and a query.
    public func url(_ path: String) -> String { "\(isSecure ? "wss" : "ws")://\(authority)\(path)" }
}
