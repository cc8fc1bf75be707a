import Bytes
import Channels
import Packets
import Streams
import Verdicts

// Which connection a segment belongs to where several follow one another between the same ports.
extension Engine {
    /// The flow of a segment, made where there is none and the segment may begin one. Nil if it belongs to none.
    mutating func flow(
        _ key: FlowKey, _ hash: UInt64, known: Int, _ segment: Segment, _ direction: Direction, _ header: PacketHeader
    ) -> Int? {
        guard known >= 0 else { return begin(key, hash, segment, header) }
        if let facts = flows[known].facts, let syn = facts.foreignSYN {
            if belongs(segment, direction, to: syn, ratherThan: known) {
                let index = takeOverForeignSYN(flow: known)
                // A repeated SYN is taken as that.
                return index
            }
            if segment.payloadLength > 1 || direction == syn.direction {
                facts.foreignSYN = nil
                let name = syn.segment.flags.contains(.ack) ? "SYN-ACK" : "SYN"
                reportIgnored("\(name) of packet \(syn.header.number)", at: syn.header.number, flow: known, syn.direction)
            }
        }
        guard isReused(flow: known, segment, direction) else { return known }
        if isOpen(flow: known), segment.flags.contains(.syn) {
            let facts = facts(of: known)
            facts.foreignSYN = FlowFacts.ForeignSYN(segment: segment, header: header, direction: direction)
            flows[known].isWatched = true
            tracking.flow = settings.tracksFlows ? known : tracking.flow
            return nil
        }
        end(flow: known, .portsReused(PacketMark(number: header.number, time: header.time)))
        flows.remove(known)
        return begin(key, hash, segment, header)
    }

    /// Whether a new flow uses the ports of a known one.
    private mutating func isReused(flow index: Int, _ segment: Segment, _ direction: Direction) -> Bool {
        let isSYN = segment.flags.contains(.syn)
        if !isSYN, !flows[index].isOver { return false }
        if isSYN { return flows[index, direction].reassembler.isForeign(synSequence: segment.sequence) }
        return segment.payloadLength > 1 && flows[index, direction].reassembler.isFarAway(segment)
    }

    /// A WebSocket connection is open that nothing has ended yet, so that its peers ignore a SYN (RFC 5961 §4.2).
    private mutating func isOpen(flow index: Int) -> Bool {
        !flows[index].isOver && flows[index].facts?.waiting == nil && flows.channels(of: index).contains { $0.webSocket != nil }
    }

    /// Whether a segment's numbers are nearer to those of a connection that a SYN would begin than to those of the known one.
    private mutating func belongs(
        _ segment: Segment, _ direction: Direction, to syn: FlowFacts.ForeignSYN, ratherThan index: Int
    ) -> Bool {
        let first = syn.segment.sequence &+ 1
        let number: UInt32
        if direction == syn.direction {
            // The same SYN once more: whoever sends it means it.
            number = segment.firstSequence
        } else {
            guard segment.flags.contains(.ack) else { return false }
            number = segment.acknowledgment
        }
        let toNew = distance(from: first, to: number).magnitude
        return toNew < flows[index, syn.direction].reassembler.lead(of: number).magnitude
            && Int(toNew) < StreamReassembler.plausibleDistance
    }

    /// Ends a flow for the connection that a SYN began, and makes that; its index. Nil if no SYN waits.
    mutating func takeOverForeignSYN(flow index: Int) -> Int? {
        guard let syn = flows[index].facts?.foreignSYN else { return nil }
        let key = flows[index].key
        end(flow: index, .portsReused(PacketMark(number: syn.header.number, time: syn.header.time)))
        flows.remove(index)
        guard let new = begin(key, flows.hash(key), syn.segment, syn.header) else { return nil }
        takeSYN(syn.segment, PacketMark(number: syn.header.number, time: syn.header.time), flow: new, syn.direction)
        return new
    }
}
