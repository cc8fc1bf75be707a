import Channels
import Packets
import Streams

/// Gaps about to be given up, and whether the packets that stand next in the capture bring their bytes.
struct MissingBytes {
    /// A gap whose bytes are looked for.
    struct Search {
        var index: Int
        var serial: UInt64
        var direction: Direction
        var isFound = false
    }

    /// Whoever hands packets over can look at the next ones.
    var canLook = false
    var searches: [Search] = [] { didSet { noteSearching() } }
    /// In the order in which they began.
    var gatherings: [Gathering] = [] { didSet { noteSearching() } }
    /// There is something to look for. Kept, because it is asked after each packet.
    private(set) var isSearching = false
    /// Packets that were looked at for them.
    var packetCount: UInt64 = 0
    /// Searches in a row that found nothing, and gaps since.
    private var failureCount = 0
    private var skippedCount = 0

    /// Packets that are looked at: in captures of several queues or interfaces, and in merged ones, some stand tens of places too late.
    static let reach: UInt64 = 128
    /// Where bytes are only ever lost, one gap in so many is looked at.
    private static let spacing = 8
    private static let patience = 64

    /// All that was looked for was found.
    var isAllFound: Bool { searches.allSatisfy(\.isFound) && gatherings.allSatisfy(\.isCertain) }

    /// Whether to search for the bytes of one more gap.
    mutating func isWorthSearching() -> Bool {
        guard failureCount >= Self.patience else { return true }
        skippedCount = (skippedCount + 1) % Self.spacing
        return skippedCount == 0
    }

    private mutating func noteSearching() { isSearching = !searches.isEmpty || gatherings.contains { !$0.isCertain } }

    mutating func note(isFound: Bool) { failureCount = isFound ? 0 : min(failureCount + 1, Self.patience) }
}

// Before a gap is given up, the packets that stand next in the file are looked at: what is there is waited for.
extension Engine {
    /// Whether a gap is to stay open for now.
    mutating func isWorthWaiting(flow index: Int, _ direction: Direction) -> Bool {
        guard missing.canLook, flows[index, direction].reassembler.isGapAcknowledged, !isDropped(flow: index, direction)
        else { return false }
        if let outlook = flows[index, direction].reassembler.outlook {
            if outlook.packetCount > counts.packets { return true }
            if outlook.isFound { return false }
        } else if !missing.isWorthSearching() {
            return false
        }
        let isKnown = missing.searches.contains { $0.index == index && $0.direction == direction }
        if !isKnown { missing.searches.append(MissingBytes.Search(index: index, serial: flows[index].serial, direction: direction)) }
        return true
    }

    /// Whether the capture is known to have dropped packets since the last that brought bytes: what is missing is in none.
    mutating func isDropped(flow index: Int, _ direction: Direction) -> Bool {
        losses.overlaps(flows[index, direction].lastData.time, flows[index, direction].reassembler.heldSince ?? now)
    }

    /// Looks at a packet that comes soon, `header` being like its own; false when no more are wanted.
    mutating func lookForMissing(in segment: Segment?) -> Bool {
        missing.packetCount += 1
        if let segment {
            let (key, direction) = FlowKey.of(segment)
            for place in missing.searches.indices {
                let search = missing.searches[place]
                guard search.direction == direction, flows[search.index].key.outside == key.outside,
                    flows[search.index, direction].reassembler.isNext(at: segment.sequence, length: segment.payloadLength)
                else { continue }
                missing.searches[place].isFound = true
            }
            if !missing.gatherings.isEmpty { lookForEarlier(segment, key) }
        }
        return missing.packetCount < MissingBytes.reach && !missing.isAllFound
    }

    /// Decides about the gaps whose bytes were looked for.
    /// - Parameter mayFollow: more packets come that could not be looked at yet.
    mutating func endLook(mayFollow: Bool) {
        let searches = missing.searches
        let seen = missing.packetCount
        missing.searches.removeAll(keepingCapacity: true)
        missing.packetCount = 0
        decideGatherings()
        for search in searches where flows[search.index].serial == search.serial {
            let isOpen = !search.isFound && mayFollow && seen < MissingBytes.reach
            if !isOpen { missing.note(isFound: search.isFound) }
            let next = flows[search.index, search.direction].reassembler.next
            if search.isFound || isOpen {
                // Where it was found, it comes before so many packets have passed.
                flows[search.index, search.direction].reassembler.outlook = GapOutlook(
                    sequence: next, packetCount: counts.packets + max(seen, 1), isFound: search.isFound)
            } else {
                flows[search.index, search.direction].reassembler.outlook = GapOutlook(
                    sequence: next, packetCount: counts.packets, isFound: true)
                drain(flow: search.index, search.direction)
            }
        }
    }
}
