import Bytes
import Packets
import Testing

@testable import Inspection

@Suite struct FlowTableTests {
    private func flow(_ number: Int) -> Flow {
        let low = Endpoint(address: IPAddress(v4: UInt32(number / 60_000)), port: UInt16(number % 60_000))
        let key = FlowKey(low: low, high: Endpoint(address: IPAddress(10, 0, 0, 1), port: 80))
        return Flow(key: key, hash: key.hash, serial: 1, fractionDigits: 6)
    }

    @Test("what was inserted is found until it is removed, whatever else comes and goes")
    func comingAndGoing() {
        let table = FlowTable()
        let flows = (0..<3_000).map(flow)
        for flow in flows { table.insert(flow) }
        for flow in flows.enumerated().filter({ $0.offset % 3 == 0 }).map(\.element) { table.remove(flow) }
        #expect(table.count == 2_000)
        for (index, flow) in flows.enumerated() {
            let found = table.find(flow.key, hash: flow.hash)
            #expect(index % 3 == 0 ? found == nil : found === flow)
        }
    }
}
