import TestSupport
import Testing

@testable import TLS

/// Records that libcrypto sealed are opened, and no others.
@Suite struct RecordProtectionTests {
    private static let lengths = [0, 1, 2, 15, 16, 17, 31, 32, 255, 256, 1_000, 16_383, 16_384]

    @Test("a record of any length, in each way that a suite protects them, opens to what was sealed", arguments: Sender.all.indices)
    func lengths(index: Int) {
        var sender = Sender.all[index]
        let receiver = sender.receiver
        var random = SeededRandom(UInt64(index))
        for length in Self.lengths {
            let content = random.bytes(length)
            let type = length % 2 == 0 ? ContentType.applicationData : .handshake
            let opened = receiver.opened(sender.seal(content, type))
            #expect(opened == Opened(type: type, bytes: content), "\(sender.kind) \(sender.version), \(length) bytes")
        }
    }

    @Test("with a bit changed, or a byte less, a record does not open", arguments: Sender.all.indices)
    func changes(index: Int) {
        var sender = Sender.all[index]
        // Nothing authenticates these.
        if case .counter = sender.kind { return }
        let record = sender.seal(Array("twenty-four bytes of it.".utf8))
        for offset in RecordHeader.byteCount..<record.count {
            var changed = record
            changed[offset] ^= UInt8(1 << (offset % 8))
            let receiver = sender.receiver
            let opened = receiver.opened(changed)
            #expect(opened == nil, "\(sender.kind) \(sender.version), byte \(offset)")
        }
        for length in 0..<record.count - RecordHeader.byteCount {
            let kept = RecordHeader.byteCount + length
            let cut = Array(record.prefix(3)) + [UInt8(length >> 8), UInt8(length & 0xFF)] + record[RecordHeader.byteCount..<kept]
            let receiver = sender.receiver
            #expect(receiver.opened(cut) == nil, "\(sender.kind) \(sender.version), \(length) bytes")
        }
        // The type is authenticated, too; in TLS 1.3 it is always the same.
        let receiver = sender.receiver
        #expect(receiver.opened([ContentType.alert.rawValue] + record.dropFirst()) == nil, "\(sender.kind) \(sender.version)")
    }

    @Test("after records that are missing, the sequence number is found, and never one that comes too late", arguments: Sender.all.indices)
    func sequence(index: Int) {
        var sender = Sender.all[index]
        if case .counter = sender.kind { return }
        let receiver = sender.receiver
        #expect(receiver.opened(sender.seal([1])) == Opened(bytes: [1]))
        for number in 2..<6 { _ = sender.seal([UInt8(number)]) }
        if receiver.protection.kind.isChained, sender.version == .tls10 {
            // The block before it is not known: this one is not read, but the next one.
            receiver.protection.forgetChain()
            let lost = sender.seal([6])
            let lacksChain = receiver.protection.lacksChain
            #expect(lacksChain)
            #expect(receiver.opened(lost, skippingUpTo: 5) == nil)
            receiver.protection.chain(after: lost.span.extracting(RecordHeader.byteCount..<lost.count))
        } else {
            _ = sender.seal([6])
        }
        let record = sender.seal([7])
        #expect(receiver.opened(record, skippingUpTo: 4) == nil, "\(sender.kind) \(sender.version)")
        #expect(receiver.opened(record, skippingUpTo: 5) == Opened(bytes: [7]), "\(sender.kind) \(sender.version)")
        #expect(receiver.protection.sequence == 7)
        #expect(receiver.opened(sender.seal([8])) == Opened(bytes: [8]), "the one after it comes next")
    }

    @Test("zeros after the content of TLS 1.3 are padding, and a record of nothing but zeros does not open", arguments: [0, 1, 16, 4_000])
    func zeros(count: Int) throws {
        for kind in Sender.all where kind.version == .tls13 {
            var sender = kind
            let receiver = sender.receiver
            #expect(receiver.opened(sender.seal([1, 0, 2, 0, 0], padding: count)) == Opened(bytes: [1, 0, 2, 0, 0]))
            #expect(receiver.opened(sender.seal([], padding: count)) == Opened(bytes: []))
        }
        var sender = try #require(Sender.all.first { $0.version == .tls13 })
        let receiver = sender.receiver
        #expect(receiver.opened(sender.seal([], padding: count) { $0 = $0.map { _ in 0 } }) == nil)
        // A type that is not registered is no content either.
        let other = sender.receiver
        sender.sequence = 0
        #expect(other.opened(sender.seal([1], padding: count) { $0[1] = 99 }) == nil)
    }
}

extension Protection {
    fileprivate var isChained: Bool { if case .cbc = self { true } else { false } }
}
