import Bytes

/// What a server chose (RFC 8446 §4.1.3).
package struct ServerHello {
    package var version: ProtocolVersion?
    var random: Random
    var sessionID: [UInt8]
    package var suite: CipherSuite
    var protocols: [String] = []
    var encryptsThenMACs = false
    var extendsMasterSecret = false
    package var selectsPreSharedKey = false

    /// The random of a HelloRetryRequest (RFC 8446 §4.1.3).
    private static let retry: [UInt8] = [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ]

    /// It asks the client for another hello.
    package var isRetry: Bool { random == Random(Self.retry.span) }

    /// An answer of which nothing is known but what it chose.
    init(version: ProtocolVersion, random: Random, suite: CipherSuite) {
        self.version = version
        self.random = random
        self.suite = suite
        sessionID = []
    }

    /// - Parameter body: the message without type and length.
    package init?(_ body: Span<UInt8>) {
        var reader = HelloReader(body)
        guard let version = reader.number(byteCount: 2), let random = reader.skip(Random.byteCount),
            let sessionID = reader.vector(lengthByteCount: 1), let suite = reader.number(byteCount: 2), reader.skip(1) != nil
        else { return nil }
        self.version = ProtocolVersion(rawValue: UInt16(version))
        self.random = Random(body.extracting(random))
        self.sessionID = body.extracting(sessionID).copied()
        self.suite = CipherSuite(code: UInt16(suite))
        guard let extensions = reader.vector(lengthByteCount: 2) else { return }
        HelloExtension.forEach(in: body.extracting(extensions)) { kind, content in
            switch kind {
            case .supportedVersions: if content.count == 2 { self.version = ProtocolVersion(rawValue: content.uint16BE(at: 0)) }
            case .alpn: protocols = content.protocolNames
            case .encryptThenMAC: encryptsThenMACs = true
            case .extendedMasterSecret: extendsMasterSecret = true
            case .preSharedKey: selectsPreSharedKey = true
            default: break
            }
        }
    }
}

/// Types of handshake messages that matter to a decoder (RFC 8446 §4, RFC 5246 §7.4).
package enum HandshakeType: UInt8 {
    case helloRequest = 0
    case clientHello = 1
    case serverHello = 2
    case newSessionTicket = 4
    case endOfEarlyData = 5
    case encryptedExtensions = 8
    case certificate = 11
    case serverKeyExchange = 12
    case serverHelloDone = 14
    case clientKeyExchange = 16
    case finished = 20
    case keyUpdate = 24
}

/// Handshake messages of one direction, put together from the records that carry them.
package struct HandshakeStream: ~Copyable {
    /// Longer messages, heads included, are skipped: certificate chains may be large, what matters is small.
    static let longestMessage = 64 << 10

    private var pending = ByteBuffer()
    /// Bytes of a long message that are still to be skipped.
    private var skipped = 0

    /// A message has begun and not ended.
    var isInsideMessage: Bool { !pending.isEmpty || skipped > 0 }

    package init() {}

    package mutating func removeAll() {
        pending.removeAll(keepingAtMost: 0)
        skipped = 0
    }

    /// Takes the content of a record.
    package mutating func append(_ content: Span<UInt8>) {
        let skipping = min(skipped, content.count)
        skipped -= skipping
        pending.append(content.extracting(skipping..<content.count))
    }

    /// The next whole message, with its head of 4 bytes; to be removed with `removeFirst` when it was read.
    package var next: (type: UInt8, byteCount: Int)? {
        mutating get {
            while pending.count >= 4 {
                let byteCount = 4 + Int(pending.span.uint32BE(at: 0) & 0xFF_FFFF)
                if byteCount <= Self.longestMessage { return pending.count >= byteCount ? (pending.span[0], byteCount) : nil }
                let count = min(pending.count, byteCount)
                skipped = byteCount - count
                pending.removeFirst(count)
            }
            return nil
        }
    }

    package var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { pending.span }
    }

    package mutating func removeFirst(_ count: Int) {
        pending.removeFirst(count)
        if pending.isEmpty { pending.removeAll(keepingAtMost: 0) }
    }
}
