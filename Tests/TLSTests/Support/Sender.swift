import TestSupport

@testable import TLS

/// One direction's sender, with the keys of a cipher suite: it makes records as RFC 8446 §5.2 and RFC 5246 §6.2.3 say.
struct Sender {
    var kind: Protection
    var version: ProtocolVersion
    var encryptsThenMACs = false
    var key: [UInt8]
    var iv: [UInt8]
    var macKey: [UInt8]
    var sequence: UInt64 = 0
    /// TLS 1.0: the last block that was sent.
    private var chained: [UInt8]

    init(_ kind: Protection, _ version: ProtocolVersion, encryptsThenMACs: Bool = false) {
        self.kind = kind
        self.version = version
        self.encryptsThenMACs = encryptsThenMACs
        key = (0..<kind.keyByteCount).map { UInt8($0 * 7 + 1) }
        iv = (0..<kind.fixedIVByteCount(version)).map { UInt8($0 * 5 + 9) }
        macKey = (0..<kind.macKeyByteCount).map { UInt8($0 * 3 + 2) }
        chained = iv
    }

    /// What opens its records.
    var receiver: Receiver {
        Receiver(RecordProtection(kind, version, key: key.span, iv: iv.span, macKey: macKey.span, encryptsThenMACs: encryptsThenMACs))
    }

    /// A record with its header.
    /// - Parameters:
    ///   - padding: in TLS 1.3 zeros after the content, in CBC the value of the padding bytes; the least that fits where there is none.
    ///   - spoil: changes what is encrypted, MAC and padding included.
    mutating func seal(
        _ content: [UInt8], _ type: ContentType = .applicationData, padding: Int? = nil, spoil: (inout [UInt8]) -> Void = { _ in }
    ) -> [UInt8] {
        defer { sequence += 1 }
        let number = (0..<8).map { UInt8(truncatingIfNeeded: sequence >> (56 - 8 * UInt64($0))) }
        let version = version
        func head(_ count: Int) -> [UInt8] { number + Self.header(type, version, count) }
        switch kind {
        case .aead(let cipher, _, let tag, let explicit):
            if version == .tls13 {
                var inner = content + [type.rawValue] + [UInt8](repeating: 0, count: padding ?? 0)
                spoil(&inner)
                let header = Self.header(.applicationData, .tls12, inner.count + tag)
                return header
                    + Sealer.aead(cipher, key: key, nonce: masked(number), additional: header, inner, tagByteCount: tag)
            }
            let shown = explicit > 0 ? number.map { $0 ^ 0x5A } : []
            let nonce = explicit > 0 ? iv + shown : masked(number)
            let sealed = Sealer.aead(cipher, key: key, nonce: nonce, additional: head(content.count), content, tagByteCount: tag)
            return Self.header(type, version, shown.count + sealed.count) + shown + sealed
        case .counter(let cipher, _):
            let body = Sealer.encrypt(cipher, key: key, iv: iv + number + [0, 0, 0, 2], content)
            return Self.header(type, version, body.count + 24) + number + body + [UInt8](repeating: 0xEE, count: 16)
        case .stream: preconditionFailure("captures of real peers have stream ciphers, whose state goes on from record to record")
        case .null(let hash):
            var body = content + Sealer.hmac(hash.rawValue, key: macKey, head(content.count) + content)
            spoil(&body)
            return Self.header(type, version, body.count) + body
        case .cbc(let cipher, _, let block, let hash):
            let mac = encryptsThenMACs ? [] : Sealer.hmac(hash.rawValue, key: macKey, head(content.count) + content)
            var plain = content + mac
            let least = block - 1 - plain.count % block
            plain += [UInt8](repeating: UInt8(padding ?? least), count: (padding ?? least) + 1)
            spoil(&plain)
            let iv = version == .tls10 ? chained : (0..<block).map { UInt8(truncatingIfNeeded: $0 + Int(sequence)) }
            let encrypted = Sealer.encrypt(cipher, key: key, iv: iv, plain)
            chained = Array(encrypted.suffix(block))
            var body = (version == .tls10 ? [] : iv) + encrypted
            if encryptsThenMACs { body += Sealer.hmac(hash.rawValue, key: macKey, head(body.count) + body) }
            return Self.header(type, version, body.count) + body
        }
    }

    /// The nonce that sequence number and IV make (RFC 8446 §5.3).
    private func masked(_ number: [UInt8]) -> [UInt8] { Array(iv.prefix(4)) + zip(iv.dropFirst(4), number).map { $0 ^ $1 } }

    static func header(_ type: ContentType, _ version: ProtocolVersion, _ count: Int) -> [UInt8] {
        [type.rawValue, 3, UInt8(min(version, .tls12).rawValue & 0xFF), UInt8(count >> 8), UInt8(count & 0xFF)]
    }

    /// Every way to protect records that a supported suite asks for, with the versions that it is for.
    static let all: [Sender] = {
        var kinds: [Protection] = []
        for (_, name) in CipherSuite.names {
            guard let kind = Protection(ofSuite: "\(name)"), !kinds.contains(kind) else { continue }
            kinds.append(kind)
        }
        return kinds.flatMap { kind -> [Sender] in
            switch kind {
            case .aead: [Sender(kind, .tls12), Sender(kind, .tls13)]
            case .counter: [Sender(kind, .tls12)]
            case .stream: []
            case .null: [Sender(kind, .tls10), Sender(kind, .tls12)]
            case .cbc:
                [ProtocolVersion.tls10, .tls11, .tls12].flatMap { version in
                    [false, true].map { Sender(kind, version, encryptsThenMACs: $0) }
                }
            }
        }
    }()
}
