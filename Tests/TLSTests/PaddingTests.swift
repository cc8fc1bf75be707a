import Testing

@testable import TLS

/// Padding and MAC of CBC (RFC 5246 §6.2.3.2, RFC 7366).
@Suite struct PaddingTests {
    /// A cipher of 16-byte blocks with each hash, one of 8-byte blocks, in each version and both orders of MAC and encryption.
    private static let senders = Sender.all.filter { if case .cbc = $0.kind { true } else { false } }

    @Test("each padding that makes whole blocks is accepted, up to 256 bytes", arguments: senders.indices)
    func allPaddings(index: Int) {
        var sender = Self.senders[index]
        guard case .cbc(_, _, let block, let hash) = sender.kind else { return }
        let receiver = sender.receiver
        for length in [0, 1, block - 1, block, 2 * block + 3] {
            let content = (0..<length).map { UInt8($0) }
            let taken = length + (sender.encryptsThenMACs ? 0 : hash.byteCount)
            let paddings = (0...255).filter { (taken + $0 + 1) % block == 0 }
            #expect(paddings.count == 256 / block)
            for padding in paddings {
                #expect(
                    receiver.opened(sender.seal(content, padding: padding)) == Opened(bytes: content), "\(length), padded by \(padding)")
            }
        }
    }

    @Test("a padding byte that differs from the last one is refused, wherever it is", arguments: senders.indices)
    func wrongPadding(index: Int) {
        let sender = Self.senders[index]
        guard case .cbc(_, _, let block, let hash) = sender.kind else { return }
        let length = 5 + block - (5 + (sender.encryptsThenMACs ? 0 : hash.byteCount)) % block
        let content = [UInt8](repeating: 7, count: length)
        let padding = 3 * block - 1
        for place in 1...padding {
            var spoilt = sender
            let receiver = sender.receiver
            let record = spoilt.seal(content, padding: padding) { $0[$0.count - 1 - place] ^= 1 }
            #expect(receiver.opened(record) == nil, "\(sender.kind) \(sender.version): padding byte \(place) before the last")
        }
    }

    @Test("padding that reaches beyond what there is is refused", arguments: senders.indices)
    func longPadding(index: Int) {
        var sender = Self.senders[index]
        guard case .cbc(_, _, let block, _) = sender.kind else { return }
        let receiver = sender.receiver
        // All bytes say that 255 more are padding.
        let record = sender.seal([], padding: nil) { $0 = [UInt8](repeating: 255, count: 4 * block) }
        #expect(receiver.opened(record) == nil)
    }

    @Test("a wrong MAC is refused, whichever of its bytes it is in, and also with padding that is right", arguments: senders.indices)
    func wrongMAC(index: Int) {
        let sender = Self.senders[index]
        guard case .cbc(_, _, _, let hash) = sender.kind else { return }
        for byte in 0..<hash.byteCount {
            let receiver = sender.receiver
            var spoilt = sender
            var record = spoilt.seal([1, 2, 3]) { plain in
                if !sender.encryptsThenMACs { plain[3 + byte] ^= 0x10 }
            }
            if sender.encryptsThenMACs { record[record.count - 1 - byte] ^= 0x10 }
            #expect(receiver.opened(record) == nil, "byte \(byte)")
        }
    }

    @Test("TLS 1.0 decrypts with the last block of the record before, later versions with the one that is sent")
    func chain() {
        for sender in Self.senders {
            var first = sender
            let receiver = first.receiver
            let records = [first.seal([1]), first.seal([2]), first.seal([3])]
            #expect(records.map { receiver.opened($0)?.bytes } == [[1], [2], [3]])
            guard case .cbc(_, _, let block, _) = sender.kind else { continue }
            let isShorter = records[0].count < RecordHeader.byteCount + 3 * block + 20
            #expect(isShorter || sender.version != .tls10)
        }
    }
}
