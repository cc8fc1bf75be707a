import Foundation
import Testing

@testable import Inspection
@testable import Reports

@Suite("What carries a connection, in JSON")
struct JSONCarrierTests {
    @Test("a connection on a stream has its transport, its stream and its TCP connection")
    func stream() throws {
        var dump = Dump()
        dump.report.note(.opened(.sample(carrier: Carrier(transport: "h2+tls", stream: 5, flow: 7))))
        let object = try dump.object()
        #expect(object["transport"] as? String == "h2+tls")
        #expect(object["stream"] as? Int == 5)
        #expect(object["tcp"] as? Int == 7)
        #expect(keys(ofLine: dump.text).suffix(6) == ["server", "transport", "stream", "tcp", "status", "packets"])
    }

    @Test("a connection that has its TCP connection for itself has no stream", arguments: ["tcp", "tls"])
    func alone(transport: String) throws {
        var dump = Dump()
        dump.report.note(.opened(.sample(carrier: Carrier(transport: transport, flow: 7))))
        let object = try dump.object()
        #expect(object["transport"] as? String == transport)
        #expect(object["stream"] == nil)
        #expect(object["tcp"] == nil)
    }
}
