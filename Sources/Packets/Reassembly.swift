import Bytes

/// Puts fragmented datagrams together (RFC 791 §3.2, RFC 8200 §4.5), holding no more than its limits.
struct Reassembly: ~Copyable {
    private let limits: PacketDecoder.Limits
    /// In order of their first fragment, the oldest first; few enough, and fragments rare enough, to be searched one by one.
    private var held: [PartialDatagram] = []
    private(set) var counts = FragmentCounts()
    /// What the datagram that was made whole last carried, and the packets that it came in.
    private(set) var whole: [UInt8] = []
    private(set) var wholePackets: [UInt64] = []

    init(limits: PacketDecoder.Limits) { self.limits = limits }

    /// What the length field of IPv6 can state; that of IPv4 counts its header too (RFC 791 §3.1, RFC 8200 §3).
    private static let longestPayload = 65535

    /// Takes a fragment; returns the index of its datagram when that made it whole, and throws why not otherwise.
    mutating func add(
        _ payload: borrowing HeaderWalk, _ fragment: HeaderWalk.Fragment, in bytes: Span<UInt8>, packet: UInt64, time: Timestamp
    ) throws(Undecoded) -> Int {
        let length = payload.end - payload.offset
        expire(at: time)
        guard isWanted(payload, fragment) else { throw Undecoded(payload.source.isV4 ? .ipv4 : .ipv6, .notTCP(payload.protocolNumber)) }
        counts.total += 1
        guard fragment.isLast || length % 8 == 0 else { throw refuse(.malformed(.fragmentLength(length))) }
        guard length <= Self.longestPayload - fragment.offset else { throw refuse(.fragmentRefused(.tooLong)) }
        let end = fragment.offset + length

        let key = key(of: payload, fragment)
        var index = held.firstIndex { $0.key == key } ?? held.endIndex
        if index < held.endIndex, held[index].contradicts(end: end, isLast: fragment.isLast) {
            throw refuse(.fragmentRefused(.endContradicted))
        }
        guard makeRoom(forBytes: end, at: &index) else { throw refuse(.fragmentRefused(.noRoom)) }
        if index == held.endIndex { held.append(PartialDatagram(key: key, began: time)) }

        let heldBefore = held[index].bytes.count
        let piece = bytes.extracting(payload.offset..<min(payload.end, bytes.count))
        let outcome = held[index].add(
            piece, covering: fragment.offset..<end, isLast: fragment.isLast, protocolNumber: payload.protocolNumber, packet: packet,
            packetLimit: limits.contributorCount)
        counts.heldBytes += held[index].bytes.count - heldBefore
        counts.held = held.count
        switch outcome {
        case .added: break
        case .duplicate: counts.duplicate += 1
        case .conflicting: counts.conflicting += 1
        }
        guard held[index].isWhole else { throw Undecoded(.fragment, .fragmentHeld) }
        return index
    }

    /// Of UDP, only a datagram whose first piece has the port of a tunnel is put together.
    private func isWanted(_ payload: borrowing HeaderWalk, _ fragment: HeaderWalk.Fragment) -> Bool {
        payload.protocolNumber != 17 || fragment.offset == 0 || held.contains { $0.key == key(of: payload, fragment) }
    }

    private func key(of payload: borrowing HeaderWalk, _ fragment: HeaderWalk.Fragment) -> PartialDatagram.Key {
        PartialDatagram.Key(
            source: payload.source, destination: payload.destination, identification: fragment.identification,
            protocolNumber: payload.source.isV4 ? payload.protocolNumber : 0, scope: payload.scope)
    }

    /// Takes a whole datagram out, and makes the walk go on in what it carries; the header that stands there.
    mutating func finish(at index: Int, _ walk: inout HeaderWalk) throws(Undecoded) -> Header {
        let datagram = remove(at: index)
        counts.completed += 1
        wholePackets = datagram.packets
        walk.begin(datagram)
        whole = datagram.takeBytes()
        return try Header(protocolNumber: walk.protocolNumber, isV4: walk.source.isV4)
    }

    // MARK: Bounds

    private mutating func refuse(_ reason: Undecoded.Reason) -> Undecoded {
        counts.refused += 1
        return Undecoded(.fragment, reason)
    }

    /// Gives up what is too old; a clock that went back makes nothing old.
    private mutating func expire(at time: Timestamp) {
        var index = 0
        while index < held.count {
            if time.nanoseconds(since: held[index].began) > limits.ageNanoseconds {
                _ = remove(at: index)
                counts.expired += 1
            } else {
                index += 1
            }
        }
    }

    /// Gives up the oldest until the datagram at `index` can be `end` bytes long; false when that does not suffice.
    private mutating func makeRoom(forBytes end: Int, at index: inout Int) -> Bool {
        func fits() -> Bool {
            let isNew = index == held.endIndex
            let growth = max(0, end - (isNew ? 0 : held[index].bytes.count))
            return growth <= limits.byteCount - counts.heldBytes && (!isNew || held.count < limits.datagramCount)
        }
        while !fits() {
            let oldest = index == 0 ? 1 : 0
            guard oldest < held.count else { return false }
            _ = remove(at: oldest)
            counts.evicted += 1
            if oldest < index { index -= 1 }
        }
        return true
    }

    private mutating func remove(at index: Int) -> PartialDatagram {
        let datagram = held.remove(at: index)
        counts.held = held.count
        counts.heldBytes -= datagram.bytes.count
        return datagram
    }
}
