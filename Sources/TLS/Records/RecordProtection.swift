import Bytes

/// What one direction protects its records with, under one set of keys (RFC 8446 §5.2, RFC 5246 §6.2.3).
struct RecordProtection: ~Copyable {
    /// Content of a record that was opened.
    struct Content {
        var type: ContentType
        var byteCount: Int
    }

    private enum Mechanism {
        case aead(tagByteCount: Int, explicitNonce: Int, isCCM: Bool)
        case counter
        case cbc(blockByteCount: Int)
        case stream
        case null
    }

    /// The sequence number of the next record.
    var sequence: UInt64 = 0
    let version: ProtocolVersion
    /// What `kind` says, without its strings.
    private let mechanism: Mechanism
    private var cipher: CipherContext?
    /// The IV as far as it is a part of nonces.
    private let fixedNonce: InlineArray<12, UInt8>
    /// Nonce, then what is authenticated besides the content, kept so that none is made per record.
    private var nonce = InlineArray<12, UInt8>(repeating: 0)
    private var additional = InlineArray<13, UInt8>(repeating: 0)
    private let encryptsThenMACs: Bool
    let kind: Protection
    private let iv: [UInt8]
    private var mac: MACContext?
    /// The last ciphertext block, which TLS 1.0 decrypts the next record with; nil after a gap.
    fileprivate var chainedIV: [UInt8]?

    /// Nil where this libcrypto does not have the cipher.
    init?(
        _ kind: Protection, _ version: ProtocolVersion, key: Span<UInt8>, iv: Span<UInt8>, macKey: Span<UInt8>,
        encryptsThenMACs: Bool = false
    ) {
        self.kind = kind
        self.version = version
        self.encryptsThenMACs = encryptsThenMACs
        self.iv = iv.copied()
        switch kind {
        case .aead(let name, _, let tagByteCount, let explicitNonce):
            let isCCM = name.hasSuffix("CCM")
            guard
                let made = CipherContext(
                    name, key: key, nonceByteCount: isCCM ? 12 : nil, tagByteCount: tagByteCount, salt: iv.extracting(first: 4))
            else { return nil }
            mechanism = .aead(tagByteCount: tagByteCount, explicitNonce: version == .tls13 ? 0 : explicitNonce, isCCM: isCCM)
            cipher = consume made
        case .counter(let name, _):
            guard let made = CipherContext(name, key: key) else { return nil }
            mechanism = .counter
            cipher = consume made
        case .cbc(let name, _, let blockByteCount, let hash):
            guard let made = CipherContext(name, key: key) else { return nil }
            mechanism = .cbc(blockByteCount: blockByteCount)
            cipher = consume made
            mac = MACContext(hash, key: macKey)
            if version == .tls10 { chainedIV = self.iv }
        case .stream(let name, _, let hash):
            guard let made = CipherContext(name, key: key) else { return nil }
            mechanism = .stream
            cipher = consume made
            mac = MACContext(hash, key: macKey)
        case .null(let hash):
            mechanism = .null
            mac = MACContext(hash, key: macKey)
        }
        for index in 0..<min(12, self.iv.count) { nonce[index] = self.iv[index] }
        fixedNonce = nonce
    }

    /// The keys of TLS 1.3 from a traffic secret (RFC 8446 §7.3).
    static func tls13(_ kind: Protection, _ secret: Secret, _ hash: HashAlgorithm) -> RecordProtection? {
        let key = KeyDerivation.expand(secret, label: "key", byteCount: kind.keyByteCount, hash)
        let iv = KeyDerivation.expand(secret, label: "iv", byteCount: 12, hash)
        return RecordProtection(kind, .tls13, key: key.span, iv: iv.span, macKey: Span())
    }

    /// Notes that records are missing: what came before the next one is not known.
    mutating func forgetChain() { chainedIV = nil }

    /// A record that opens was sealed with these keys and this sequence number.
    var isAuthenticated: Bool { if case .counter = kind { false } else { true } }

    /// Opens the record with the next sequence number, appends its content to `output`, and counts it.
    ///
    /// Nil where it is not authentic: then nothing is appended and nothing counted.
    mutating func open(_ header: RecordHeader, _ payload: Span<UInt8>, into output: inout ByteBuffer) -> Content? {
        guard let content = open(header, payload, sequence: sequence, into: &output) else { return nil }
        sequence &+= 1
        return content
    }

    /// The same for ciphers that are in the same state afterwards: what was opened can be opened again. Nil for others.
    @inline(__always)
    mutating func openOrdinary(_ header: RecordHeader, _ payload: Span<UInt8>, into output: inout ByteBuffer) -> Content? {
        switch mechanism {
        case .aead(let tagByteCount, let explicitNonce, let isCCM):
            let content = openAEAD(
                header, payload, sequence, tagByteCount: tagByteCount, explicitNonce: explicitNonce, isCCM: isCCM, into: &output)
            if content != nil { sequence &+= 1 }
            return content
        case .cbc: return version == .tls10 ? nil : open(header, payload, into: &output)
        case .counter, .stream, .null: return nil
        }
    }

    private mutating func open(
        _ header: RecordHeader, _ payload: Span<UInt8>, sequence: UInt64, into output: inout ByteBuffer
    ) -> Content? {
        switch mechanism {
        case .aead(let tagByteCount, let explicitNonce, let isCCM):
            return openAEAD(
                header, payload, sequence, tagByteCount: tagByteCount, explicitNonce: explicitNonce, isCCM: isCCM, into: &output)
        case .counter: return openCounter(header, payload, into: &output)
        case .cbc(let block): return openCBC(header, payload, sequence, block, into: &output)
        case .stream: return openStream(header, payload, sequence, into: &output)
        case .null: return openNull(header, payload, sequence, into: &output)
        }
    }

    // MARK: AEAD

    @inline(__always)
    private mutating func openAEAD(
        _ header: RecordHeader, _ payload: Span<UInt8>, _ sequence: UInt64, tagByteCount: Int, explicitNonce explicit: Int, isCCM: Bool,
        into output: inout ByteBuffer
    ) -> Content? {
        let isTLS13 = version == .tls13
        guard payload.count >= explicit + tagByteCount else { return nil }
        if explicit > 0 {
            for index in 0..<explicit { nonce[4 + index] = payload[index] }
        } else {
            for index in 0..<8 {
                nonce[4 + index] = fixedNonce[4 + index] ^ UInt8(truncatingIfNeeded: sequence >> (56 - 8 * UInt64(index)))
            }
        }
        let start = output.count
        let sealed = payload.extracting(explicit..<payload.count)
        let count = sealed.count - tagByteCount
        let headCount = isTLS13 ? writeHeader(header, payload.count) : writeHead(header, sequence, count)
        guard
            cipher?.open(
                sealed, nonce: nonce.span, additional: additional.span.extracting(0..<headCount), tagByteCount: tagByteCount, isCCM: isCCM,
                into: &output) == true
        else { return nil }
        return isTLS13 ? inner(of: &output, from: start) : Content(type: header.type, byteCount: count)
    }

    /// The header of a TLS 1.3 record is what is authenticated besides its content (RFC 8446 §5.2).
    private mutating func writeHeader(_ header: RecordHeader, _ count: Int) -> Int {
        additional[0] = header.type.rawValue
        additional[1] = UInt8(header.version >> 8)
        additional[2] = UInt8(header.version & 0xFF)
        additional[3] = UInt8(count >> 8)
        additional[4] = UInt8(count & 0xFF)
        return RecordHeader.byteCount
    }

    /// Sequence number, type, version and length of the content (RFC 5246 §6.2.3.3).
    private mutating func writeHead(_ header: RecordHeader, _ sequence: UInt64, _ count: Int) -> Int {
        for index in 0..<8 { additional[index] = UInt8(truncatingIfNeeded: sequence >> (56 - 8 * UInt64(index))) }
        additional[8] = header.type.rawValue
        additional[9] = UInt8(header.version >> 8)
        additional[10] = UInt8(header.version & 0xFF)
        additional[11] = UInt8(count >> 8 & 0xFF)
        additional[12] = UInt8(count & 0xFF)
        return 13
    }

    /// Takes padding and type from the end of what TLS 1.3 encrypts (RFC 8446 §5.4).
    private func inner(of output: inout ByteBuffer, from start: Int) -> Content? {
        var end = output.count
        while end > start, output.span[end - 1] == 0 { end -= 1 }
        guard end > start, let type = ContentType(rawValue: output.span[end - 1]) else {
            output.truncate(to: start)
            return nil
        }
        output.truncate(to: end - 1)
        return Content(type: type, byteCount: end - 1 - start)
    }

    /// GCM without its authentication: counter mode, whose first block has the number 2 (NIST SP 800-38D §7.2).
    private mutating func openCounter(_ header: RecordHeader, _ payload: Span<UInt8>, into output: inout ByteBuffer) -> Content? {
        guard payload.count >= 24 else { return nil }
        var counter = iv
        for index in 0..<8 { counter.append(payload[index]) }
        counter += [0, 0, 0, 2]
        cipher?.decrypt(payload.extracting(8..<payload.count - 16), iv: counter.span, into: &output)
        return Content(type: header.type, byteCount: payload.count - 24)
    }

    // MARK: CBC

    private mutating func openCBC(
        _ header: RecordHeader, _ payload: Span<UInt8>, _ sequence: UInt64, _ block: Int, into output: inout ByteBuffer
    ) -> Content? {
        let macByteCount = mac?.byteCount ?? 0
        var encrypted = payload
        if encryptsThenMACs {
            guard payload.count >= macByteCount else { return nil }
            encrypted = payload.extracting(0..<payload.count - macByteCount)
            let headCount = writeHead(header, sequence, encrypted.count)
            guard
                mac?.isAuthentic(
                    payload.extracting(encrypted.count..<payload.count), head: additional.span.extracting(0..<headCount), encrypted) == true
            else { return nil }
        }
        let ivByteCount = version == .tls10 ? 0 : block
        guard encrypted.count >= ivByteCount + block, encrypted.count % block == 0 else { return nil }
        let start = output.count
        let body = encrypted.extracting(ivByteCount..<encrypted.count)
        if version == .tls10 {
            guard let chained = chainedIV else { return nil }
            cipher?.decrypt(body, iv: chained.span, into: &output)
        } else {
            cipher?.decrypt(body, iv: encrypted.extracting(0..<ivByteCount), into: &output)
        }
        guard let count = contentByteCount(header, sequence, output.span.extracting(start..<output.count), macByteCount) else {
            output.truncate(to: start)
            return nil
        }
        output.truncate(to: start + count)
        if version == .tls10 { chainedIV = encrypted.extracting(encrypted.count - block..<encrypted.count).copied() }
        return Content(type: header.type, byteCount: count)
    }

    /// Takes padding and MAC from the end of what was decrypted; nil where they are wrong.
    private mutating func contentByteCount(
        _ header: RecordHeader, _ sequence: UInt64, _ decrypted: Span<UInt8>, _ macByteCount: Int
    ) -> Int? {
        guard let last = decrypted.indices.last else { return nil }
        let padding = Int(decrypted[last]) + 1
        let trailer = padding + (encryptsThenMACs ? 0 : macByteCount)
        guard trailer <= decrypted.count else { return nil }
        for index in decrypted.count - padding..<decrypted.count where decrypted[index] != decrypted[last] { return nil }
        let count = decrypted.count - trailer
        if encryptsThenMACs { return count }
        let headCount = writeHead(header, sequence, count)
        let content = decrypted.extracting(0..<count)
        let isAuthentic = mac?.isAuthentic(
            decrypted.extracting(count..<count + macByteCount), head: additional.span.extracting(0..<headCount), content)
        return isAuthentic == true ? count : nil
    }

    private mutating func openStream(
        _ header: RecordHeader, _ payload: Span<UInt8>, _ sequence: UInt64, into output: inout ByteBuffer
    ) -> Content? {
        let start = output.count
        cipher?.decryptNext(payload, into: &output)
        let count = payload.count - (mac?.byteCount ?? 0)
        guard count >= 0, output.count - start == payload.count else { return nil }
        let headCount = writeHead(header, sequence, count)
        let isAuthentic = isAuthentic(output.span.extracting(start..<output.count), contentByteCount: count, headByteCount: headCount)
        output.truncate(to: isAuthentic ? start + count : start)
        return isAuthentic ? Content(type: header.type, byteCount: count) : nil
    }

    /// Whether content and MAC, one after the other, belong together.
    private func isAuthentic(_ bytes: Span<UInt8>, contentByteCount: Int, headByteCount: Int) -> Bool {
        mac?.isAuthentic(
            bytes.extracting(contentByteCount..<bytes.count), head: additional.span.extracting(0..<headByteCount),
            bytes.extracting(0..<contentByteCount)) == true
    }

    private mutating func openNull(
        _ header: RecordHeader, _ payload: Span<UInt8>, _ sequence: UInt64, into output: inout ByteBuffer
    ) -> Content? {
        let count = payload.count - (mac?.byteCount ?? 0)
        guard count >= 0 else { return nil }
        let headCount = writeHead(header, sequence, count)
        guard isAuthentic(payload, contentByteCount: count, headByteCount: headCount) else { return nil }
        output.append(payload.extracting(0..<count))
        return Content(type: header.type, byteCount: count)
    }
}

extension RecordProtection {
    /// After a gap in TLS 1.0: takes the last block of a record that cannot be opened itself, so that the next one can.
    mutating func chain(after payload: Span<UInt8>) {
        guard version == .tls10, case .cbc(_, _, let block, _) = kind, payload.count >= block else { return }
        let end = encryptsThenMACs ? payload.count - (mac?.byteCount ?? 0) : payload.count
        guard end >= block else { return }
        chainedIV = payload.extracting(end - block..<end).copied()
    }

    private var isStream: Bool { if case .stream = kind { true } else { false } }

    /// The last block before the next record is not known.
    var lacksChain: Bool {
        guard version == .tls10, case .cbc = kind else { return false }
        return chainedIV == nil
    }

    /// Tries sequence numbers from the next one on; true once one fits, whose content is appended then.
    mutating func open(
        _ header: RecordHeader, _ payload: Span<UInt8>, skippingUpTo limit: UInt64, into output: inout ByteBuffer
    ) -> (content: Content, skipped: UInt64)? {
        // A stream cipher goes on from record to record: there is one try.
        for skipped in 0...(isStream ? 0 : limit) {
            guard let content = open(header, payload, sequence: sequence &+ skipped, into: &output) else { continue }
            sequence &+= skipped &+ 1
            return (content, skipped)
        }
        return nil
    }
}
