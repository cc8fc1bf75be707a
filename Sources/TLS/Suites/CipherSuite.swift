import Bytes

/// A cipher suite as its code names it (RFC 8446 §B.4, RFC 5246 §A.5, and those registered since).
public struct CipherSuite: Hashable, Sendable {
    public let code: UInt16

    public init(code: UInt16) { self.code = code }

    /// The registered name, or the code in hexadecimal where there is none.
    public var name: String {
        if let name = registeredName { return name }
        let digits = String(code, radix: 16, uppercase: true)
        return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    private var registeredName: String? {
        var range = 0..<Self.names.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if Self.names[middle].code == code { return "\(Self.names[middle].name)" }
            range = Self.names[middle].code < code ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }

    /// How records are protected; nil for a suite that is not supported.
    package var protection: Protection? { registeredName.flatMap { Protection(ofSuite: $0) } }

    /// The premaster secret is sent encrypted with the server's RSA key (RFC 5246 §7.4.7.1).
    var sendsPremaster: Bool { registeredName?.hasPrefix("TLS_RSA_WITH_") ?? false }

    /// The hash of TLS 1.3's key schedule and of TLS 1.2's pseudorandom function (RFC 5246 §5, RFC 5289).
    package var hash: HashAlgorithm { registeredName?.hasSuffix("SHA384") ?? false ? .sha384 : .sha256 }
}

/// Hash functions, by the names that libcrypto has for them.
package enum HashAlgorithm: String, Sendable {
    case md5 = "MD5"
    case sha1 = "SHA1"
    case sha256 = "SHA256"
    case sha384 = "SHA384"
    /// The pair that TLS 1.0 and 1.1 derive keys with (RFC 4346 §5).
    case md5AndSHA1 = "MD5-SHA1"

    package var byteCount: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha384: 48
        case .md5AndSHA1: 36
        }
    }
}

/// How a cipher suite protects records.
package enum Protection: Equatable, Sendable {
    /// - Parameters:
    ///   - cipher: the name that libcrypto has for it.
    ///   - explicitNonce: bytes of the nonce that TLS 1.2 sends with each record.
    case aead(cipher: String, keyByteCount: Int, tagByteCount: Int, explicitNonce: Int)
    /// GCM of a cipher that libcrypto has only in counter mode: decrypted, but not authenticated.
    case counter(cipher: String, keyByteCount: Int)
    case cbc(cipher: String, keyByteCount: Int, blockByteCount: Int, mac: HashAlgorithm)
    /// A stream cipher, whose records can be read only as long as none is missing.
    case stream(cipher: String, keyByteCount: Int, mac: HashAlgorithm)
    /// Not encrypted at all.
    case null(mac: HashAlgorithm)

    var keyByteCount: Int {
        switch self {
        case .aead(_, let count, _, _), .counter(_, let count), .cbc(_, let count, _, _), .stream(_, let count, _): count
        case .null: 0
        }
    }

    var macKeyByteCount: Int {
        switch self {
        case .aead, .counter: 0
        case .cbc(_, _, _, let mac), .stream(_, _, let mac), .null(let mac): mac.byteCount
        }
    }

    /// Bytes of the IV that are derived with the keys.
    func fixedIVByteCount(_ version: ProtocolVersion) -> Int {
        switch self {
        case .aead(_, _, _, let explicitNonce): version == .tls13 ? 12 : 12 - explicitNonce
        case .counter: 4
        // From TLS 1.1 on each record brings its own (RFC 4346 §6.2.3.2).
        case .cbc(_, _, let blockByteCount, _): version == .tls10 ? blockByteCount : 0
        case .stream, .null: 0
        }
    }

    /// The fewest bytes that a record takes on the wire, its header included.
    func leastRecordByteCount(_ version: ProtocolVersion) -> Int {
        let header = RecordHeader.byteCount
        switch self {
        case .aead(_, _, let tag, let nonce): return header + tag + (version == .tls13 ? 1 : nonce)
        case .counter: return header + 24
        case .cbc(_, _, let block, _): return header + block * (version == .tls10 ? 2 : 3)
        case .stream(_, _, let mac), .null(let mac): return header + mac.byteCount
        }
    }

    init?(ofSuite name: String) {
        let parts = name.split(separator: "_")
        // TLS 1.3 suites have no key exchange in their names.
        let first = parts.firstIndex(of: "WITH").map { $0 + 1 } ?? 1
        let words = parts[first...].map(String.init)
        guard let algorithm = words.first else { return nil }
        if algorithm == "CHACHA20" {
            self = .aead(cipher: "ChaCha20-Poly1305", keyByteCount: 32, tagByteCount: 16, explicitNonce: 0)
            return
        }
        if algorithm == "NULL", words.count == 2, let mac = Self.mac(words[1]) {
            self = .null(mac: mac)
            return
        }
        if words.starts(with: ["RC4", "128"]), words.count == 3, let mac = Self.mac(words[2]) {
            self = .stream(cipher: "RC4", keyByteCount: 16, mac: mac)
            return
        }
        if words.starts(with: ["3DES", "EDE", "CBC"]), let mac = words.last.flatMap(Self.mac) {
            self = .cbc(cipher: "DES-EDE3-CBC", keyByteCount: 24, blockByteCount: 8, mac: mac)
            return
        }
        guard ["AES", "CAMELLIA", "ARIA"].contains(algorithm), words.count >= 3, let bits = Int(words[1]) else { return nil }
        let cipher = "\(algorithm)-\(bits)-\(words[2])"
        switch words[2] {
        case "GCM" where algorithm == "CAMELLIA": self = .counter(cipher: "CAMELLIA-\(bits)-CTR", keyByteCount: bits / 8)
        case "GCM": self = .aead(cipher: cipher, keyByteCount: bits / 8, tagByteCount: 16, explicitNonce: 8)
        case "CCM":
            let tag = words.count > 3 && words[3] == "8" ? 8 : 16
            self = .aead(cipher: cipher, keyByteCount: bits / 8, tagByteCount: tag, explicitNonce: 8)
        case "CBC":
            guard let mac = words.last.flatMap(Self.mac) else { return nil }
            self = .cbc(cipher: cipher, keyByteCount: bits / 8, blockByteCount: 16, mac: mac)
        default: return nil
        }
    }

    private static func mac(_ name: String) -> HashAlgorithm? {
        switch name {
        case "MD5": .md5
        case "SHA": .sha1
        case "SHA256": .sha256
        case "SHA384": .sha384
        default: nil
        }
    }
}
