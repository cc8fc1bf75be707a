import Bytes

/// What a client seems to be, and so how its keys can be had.
///
/// The names are those of recipes.
public enum ClientKind: String, Sendable, CaseIterable {
    case chromium, firefox, safari, curl, python, node, java, go, rust, openssl, gnutls, schannel

    /// The program or the library that it names, as the subject of a sentence.
    public var words: String {
        switch self {
        case .chromium: "Chromium, Chrome, Edge or an Electron program"
        case .firefox: "Firefox, or another program with NSS"
        case .safari: "Safari, or another program with Apple's TLS"
        case .curl: "curl"
        case .python: "a Python program"
        case .node: "a Node.js program"
        case .java: "a Java program"
        case .go: "a Go program"
        case .rust: "a program with rustls"
        case .openssl: "a program with OpenSSL, such as curl, Python or Node.js"
        case .gnutls: "a program with GnuTLS"
        case .schannel: "a program with Windows's TLS (SChannel)"
        }
    }

    /// What a User-Agent says.
    public init?(userAgent: String) {
        let text = userAgent.lowercased()
        let signs: [(String, ClientKind)] = [
            ("firefox/", .firefox), ("chrome/", .chromium), ("electron/", .chromium), ("safari/", .safari), ("curl/", .curl),
            ("python", .python), ("websockets/", .python), ("aiohttp", .python), ("node", .node), ("undici", .node),
            ("go-http-client", .go),
            ("gorilla", .go), ("java", .java), ("okhttp", .java), ("dalvik", .java), ("tungstenite", .rust), ("reqwest", .rust),
            ("cfnetwork", .safari),
        ]
        guard let sign = signs.first(where: { text.contains($0.0) }) else { return nil }
        self = sign.1
    }

    /// What a ClientHello looks like. Many programs share a library, so this names the library.
    /// - Parameter body: the message without type and length.
    public init?(clientHello body: [UInt8]) {
        guard let shape = HelloShape(body) else { return nil }
        let (suites, extensions) = (shape.suites, Set(shape.extensions))
        let hasGrease = shape.suites.contains { Self.isGrease($0) }
        let modern = suites.filter { $0 >> 8 == 0x13 }
        if hasGrease {
            // Application-layer protocol settings are Chromium's, Triple DES is Apple's.
            if !extensions.isDisjoint(with: [17_513, 17_613]) { self = .chromium; return }
            if !Set(suites).isDisjoint(with: [0xC008, 0xC012, 0x000A]) { self = .safari; return }
            self = .chromium
        } else if Array(modern) == [0x1301, 0x1303, 0x1302] {
            // NSS's order.
            self = .firefox
        } else if extensions.contains(17) {
            // The second form of certificate status requests.
            self = .java
        } else if modern.contains(0x1304), !modern.contains(0x1305) {
            self = .gnutls
        } else if let first = suites.first, modern.count == 3, first >> 8 != 0x13 {
            // Suites of TLS 1.3 after the others.
            self = .go
        } else if Array(modern) == [0x1302, 0x1301, 0x1303], suites.count <= 10 {
            self = .rust
        } else if Array(modern) == [0x1302, 0x1301], suites.contains(0x009F) {
            self = .schannel
        } else if Array(modern) == [0x1302, 0x1303, 0x1301], extensions.contains(22) {
            // Encrypt-then-MAC.
            self = .openssl
        } else {
            return nil
        }
    }

    /// Values that mean nothing, sent to keep servers tolerant (RFC 8701).
    private static func isGrease(_ value: UInt16) -> Bool { value & 0x0F0F == 0x0A0A && value >> 8 == value & 0xFF }
}

/// The order in which a ClientHello names what it offers.
private struct HelloShape {
    var suites: [UInt16] = []
    var extensions: [Int] = []

    init?(_ body: [UInt8]) {
        let bytes = body.span
        var reader = HelloReader(bytes)
        guard reader.skip(2 + Random.byteCount) != nil, reader.vector(lengthByteCount: 1) != nil,
            let suites = reader.vector(lengthByteCount: 2), reader.vector(lengthByteCount: 1) != nil
        else { return nil }
        for index in stride(from: suites.lowerBound, to: suites.upperBound - 1, by: 2) { self.suites.append(bytes.uint16BE(at: index)) }
        guard let extensions = reader.vector(lengthByteCount: 2) else { return }
        var list = HelloReader(bytes.extracting(extensions))
        while let type = list.number(byteCount: 2), list.vector(lengthByteCount: 2) != nil { self.extensions.append(type) }
    }
}
