import Bytes
import TLS

/// The protection of 1-RTT packets of one direction, with all its key updates (RFC 9001 §6).
///
/// What opens a packet is the proof of an update: the key phase bit says which keys are tried first. Updates of which no packet was
/// captured are found as well, up to a few in a row.
struct KeyPhases: ~Copyable {
    private var header: HeaderProtection
    private var current: PacketCipher
    private var next: PacketCipher?
    private var previous: PacketCipher?
    private let suite: PacketSuite
    private let version: QUICVersion
    /// That of the current keys.
    private var secret: Secret
    private(set) var generation = 0
    /// The lowest number of a packet that the current keys opened.
    private var firstNumber = UInt64.max
    private var searchBudget = KeyPhases.searchLimit

    /// Updates in a row of which no packet was captured, at most.
    private static let longestSearch = 8
    /// Packets that no keys opened for which further updates are looked for; each one that opens allows for another.
    private static let searchLimit = 64

    /// Nil where this libcrypto does not have the cipher.
    init?(_ suite: PacketSuite, _ secret: Secret, _ version: QUICVersion) {
        let key = KeyDerivation.expand(secret, label: version.headerLabel, byteCount: suite.keyByteCount, suite.hash)
        guard let header = HeaderProtection(suite, key: key.span) else { return nil }
        guard let cipher = PacketCipher(suite, secret, version) else { return nil }
        self.header = header
        current = cipher
        self.suite = suite
        self.version = version
        self.secret = secret
    }

    /// Opens a packet with a short header; nil where it is not authentic.
    ///
    /// - Parameters:
    ///   - packet: from its first byte to its end.
    ///   - scratch: what headers are written to.
    ///   - plain: is replaced.
    @inline(__always)
    mutating func open(
        _ packet: Span<UInt8>, numberOffset: Int, expecting expected: UInt64, _ scratch: inout ByteBuffer, into plain: inout ByteBuffer
    ) -> PacketHead? {
        guard let head = header.remove(from: packet, numberOffset: numberOffset, expecting: expected, into: &scratch) else { return nil }
        plain.removeAll()
        let sealed = packet.extracting(head.byteCount..<packet.count)
        if head.keyPhase == (generation & 1 == 1),
            current.open(sealed, number: head.number, header: scratch.span, into: &plain)
        {
            if head.number < firstNumber { firstNumber = head.number }
            return head
        }
        return openOther(head, sealed, scratch.span, into: &plain) ? head : nil
    }

    /// Tries the keys before and after the current ones.
    private mutating func openOther(_ head: PacketHead, _ sealed: Span<UInt8>, _ header: Span<UInt8>, into plain: inout ByteBuffer) -> Bool
    {
        let isOtherPhase = head.keyPhase != (generation & 1 == 1)
        if isOtherPhase {
            let isEarlier = head.number < firstNumber
            if isEarlier, previous?.open(sealed, number: head.number, header: header, into: &plain) == true { return true }
            if advance(by: 1, head, sealed, header, into: &plain) { return true }
            if !isEarlier, previous?.open(sealed, number: head.number, header: header, into: &plain) == true { return true }
        }
        guard searchBudget > 0 else { return false }
        for distance in stride(from: isOtherPhase ? 3 : 2, through: Self.longestSearch, by: 2)
        where advance(by: distance, head, sealed, header, into: &plain) { return true }
        searchBudget -= 1
        return false
    }

    /// Goes on to later keys if they open the packet.
    private mutating func advance(
        by distance: Int, _ head: PacketHead, _ sealed: Span<UInt8>, _ header: Span<UInt8>, into plain: inout ByteBuffer
    ) -> Bool {
        if distance == 1 {
            if next == nil { next = PacketCipher(suite, secret(after: 1), version) }
            guard next?.open(sealed, number: head.number, header: header, into: &plain) == true, let cipher = next.take() else {
                return false
            }
            previous = replaceCurrent(with: cipher)
        } else {
            guard var cipher = PacketCipher(suite, secret(after: distance), version),
                cipher.open(sealed, number: head.number, header: header, into: &plain)
            else { return false }
            _ = replaceCurrent(with: cipher)
            previous = PacketCipher(suite, secret(after: distance - 1), version)
            next = nil
        }
        secret = secret(after: distance)
        generation += distance
        firstNumber = head.number
        searchBudget = min(searchBudget + 1, Self.searchLimit)
        return true
    }

    private mutating func replaceCurrent(with cipher: consuming PacketCipher) -> PacketCipher {
        var other = cipher
        swap(&other, &current)
        return other
    }

    /// The secret after so many updates.
    private func secret(after count: Int) -> Secret {
        (0..<count).reduce(secret) { secret, _ in
            KeyDerivation.expand(secret, label: version.updateLabel, byteCount: suite.hash.byteCount, suite.hash)
        }
    }
}
