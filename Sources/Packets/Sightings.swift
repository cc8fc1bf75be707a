import Bytes

/// Tells packets that were seen before on another interface: a bridge, a VLAN or a tunnel shows the same packet several times.
///
/// A packet is known by its IP header, without what changes on the way, and by what follows. Of such a packet as many are
/// new as were seen on the interface that saw most of them, so that a retransmission, seen twice on one interface, is not taken for
/// the same. Packets that were cut into several on the way are not recognised.
public struct Sightings: ~Copyable {
    fileprivate struct Entry {
        var digest: UInt64 = 0
        var time = Timestamp(nanoseconds: .min)
        var newCount: UInt32 = 0
        var interfaces = InlineArray<4, UInt64>(repeating: .max)
        var counts = InlineArray<4, UInt32>(repeating: 0)
    }

    /// Times between which the same packet passes interfaces; nanoseconds.
    private static let window: Int64 = 100_000_000
    /// Bytes behind the IP header that are looked at: headers, and the beginning of the content.
    private static let digestedByteCount = 512
    private static let entryCount = 32_768

    private var entries = [Entry](repeating: Entry(), count: entryCount)
    /// Packets that were seen before.
    public private(set) var repeatedCount: UInt64 = 0

    public init() {}

    /// Takes notice of a packet; true when it was seen before.
    public mutating func isRepeated(_ header: PacketHeader, _ bytes: Span<UInt8>) -> Bool {
        guard let digest = Self.digest(of: bytes, header.linkType) else { return false }
        // Of `any`, the packet says which interface it was (LINKTYPE_LINUX_SLL2).
        let index = header.linkType == .linuxCooked2 ? UInt64(bytes.uint32BE(at: 4)) : 0
        let slot = slot(of: digest, header.time)
        let isNew = entries[slot].note(UInt64(header.interface) << 32 | index)
        if !isNew { repeatedCount += 1 }
        return !isNew
    }

    /// Where the entry of a digest is, or is made in the slot of one that is older.
    private mutating func slot(of digest: UInt64, _ time: Timestamp) -> Int {
        let first = Int(truncatingIfNeeded: digest) & (Self.entryCount - 2)
        for slot in [first, first + 1] where entries[slot].digest == digest {
            if time.nanoseconds(since: entries[slot].time).magnitude <= UInt64(Self.window) { return slot }
            entries[slot] = Entry(digest: digest, time: time)
            return slot
        }
        let slot = entries[first].time <= entries[first + 1].time ? first : first + 1
        entries[slot] = Entry(digest: digest, time: time)
        return slot
    }

    // MARK: Digest

    /// Of an IP packet; nil for others.
    private static func digest(of bytes: Span<UInt8>, _ linkType: LinkType) -> UInt64? {
        guard let (version, start) = HeaderWalk.findIP(in: bytes, linkType, limit: 8) else { return nil }
        if version == 4 {
            guard bytes.count - start >= 20 else { return nil }
            let headerLength = Int(bytes[start] & 0xF) * 4
            guard headerLength >= 20, bytes.count - start >= headerLength else { return nil }
            // Not the class of service, the time to live and the checksum.
            var digest = Digest()
            digest.add(UInt64(bytes.uint32BE(at: start + 2)) << 32 | UInt64(bytes.uint16BE(at: start + 6)) << 8 | UInt64(bytes[start + 9]))
            digest.add(bytes.uint64BE(at: start + 12))
            let isFirst = bytes.uint16BE(at: start + 6) & 0x1FFF == 0
            let end = min(bytes.count, start + max(headerLength, Int(bytes.uint16BE(at: start + 2))))
            digest.add(bytes, start + headerLength..<end, carrying: isFirst ? bytes[start + 9] : nil)
            return digest.value
        }
        guard bytes.count - start >= 40 else { return nil }
        var digest = Digest()
        digest.add(UInt64(bytes.uint16BE(at: start + 4)) << 8 | UInt64(bytes[start + 6]))
        for offset in stride(from: 8, to: 40, by: 8) { digest.add(bytes.uint64BE(at: start + offset)) }
        let end = min(bytes.count, start + 40 + Int(bytes.uint16BE(at: start + 4)))
        digest.add(bytes, start + 40..<end, carrying: bytes[start + 6])
        return digest.value
    }

    private struct Digest {
        private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

        @inline(__always)
        mutating func add(_ number: UInt64) {
            let product = (value ^ number).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
            value = product.high ^ product.low
        }

        /// Adds what the IP packet carries, but not the checksum, which is often filled in on the way.
        mutating func add(_ bytes: Span<UInt8>, _ range: Range<Int>, carrying transport: UInt8?) {
            let checksum = transport == 6 ? 16 : transport == 17 ? 6 : -1
            var position = range.lowerBound
            let end = min(range.upperBound, position + Sightings.digestedByteCount)
            while position < end {
                var number: UInt64 = 0
                if end - position >= 8 {
                    number = bytes.uint64BE(at: position)
                } else {
                    for rest in position..<end { number = number << 8 | UInt64(bytes[rest]) }
                }
                let offset = checksum - (position - range.lowerBound)
                if checksum >= 0, (0...6).contains(offset), end - position >= 8 { number &= ~(0xFFFF << UInt64(48 - 8 * offset)) }
                add(number)
                position += 8
            }
            add(UInt64(range.count))
        }
    }
}

extension Sightings.Entry {
    /// Counts a sighting; true when it is one more than on any other interface.
    fileprivate mutating func note(_ interface: UInt64) -> Bool {
        for slot in interfaces.indices {
            if interfaces[slot] == .max { interfaces[slot] = interface }
            guard interfaces[slot] == interface else { continue }
            counts[slot] += 1
            if counts[slot] <= newCount { return false }
            newCount = counts[slot]
            return true
        }
        return false
    }
}
