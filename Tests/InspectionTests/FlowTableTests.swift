import Bytes
import Channels
import Packets
import Testing

@testable import Inspection

@Suite("Flows are found by their ends")
struct FlowTableTests {
    private func key(_ number: Int) -> FlowKey {
        let low = Endpoint(address: IPAddress(v4: UInt32(number / 60_000)), port: UInt16(number % 60_000))
        return FlowKey(low: low, high: Endpoint(address: IPAddress(10, 0, 0, 1), port: 80))
    }

    @Test("what was inserted is found until it is removed, whatever else comes and goes")
    func comingAndGoing() {
        var flows = Flows()
        var indices: [Int] = []
        for number in 0..<3_000 {
            let key = key(number)
            indices.append(flows.insert(key, flows.hash(key), serial: UInt64(number + 1), fractionDigits: 6))
        }
        for number in stride(from: 0, to: 3_000, by: 3) { flows.remove(indices[number]) }
        #expect(flows.count == 2_000)
        for number in 0..<3_000 {
            let key = key(number)
            let found = flows.find(key, flows.hash(key))
            #expect(found == (number % 3 == 0 ? -1 : indices[number]))
            if found >= 0 { #expect(flows.likelyIndex(flows.hash(key)) == found) }
        }
    }

    @Test("keys of both directions are the same, and say who sent")
    func directions() {
        let (a, b) = (Endpoint(address: IPAddress(10, 0, 0, 2), port: 1), Endpoint(address: IPAddress(10, 0, 0, 1), port: 2))
        func segment(_ source: Endpoint, _ destination: Endpoint) -> Segment {
            Segment(
                source: source, destination: destination, sequence: 0, acknowledgment: 0, flags: [], window: 0, payloadLength: 0,
                capturedOffset: 0, capturedCount: 0)
        }
        let (there, back) = (FlowKey.of(segment(a, b)), FlowKey.of(segment(b, a)))
        #expect(there.key == back.key)
        #expect(there.direction == .fromHigh)
        #expect(back.direction == .fromLow)
        #expect(there.key.low == b)
        #expect(there.key.high == a)
    }

    @Test("the flow that is forgotten is over, or had no packet since the last look")
    func forgetting() {
        var flows = Flows()
        let indices = (0..<10).map { number in
            let key = key(number)
            return flows.insert(key, flows.hash(key), serial: UInt64(number + 1), fractionDigits: 6)
        }
        // All are fresh: the first look takes that back.
        _ = flows.idle()
        for index in indices where index != 7 { flows[index].isFresh = true }
        #expect(flows.idle() == 7)
        flows.retire(3)
        #expect(flows.idle() == 3)
        flows.remove(3)
        // The look goes on after 7; the mark of 2 was taken back on the way there.
        #expect(flows.idle() == 2)
    }

    @Test("rows that were removed are used again, and are then another flow's")
    func reuse() {
        var flows = Flows()
        let first = flows.insert(key(1), flows.hash(key(1)), serial: 1, fractionDigits: 6)
        flows.retire(first)
        flows.remove(first)
        let second = flows.insert(key(2), flows.hash(key(2)), serial: 2, fractionDigits: 6)
        #expect(second == first)
        #expect(flows.find(key(1), flows.hash(key(1))) == -1)
        // What is kept of flows that are over does not take the new one for the old one.
        flows[second].isFresh = false
        #expect(flows.idle() == second)
        #expect(flows.count == 1)
    }
}
