import Testing
import WebSocket

@Suite struct DeflateParametersTests {
    private static func parameters(_ list: [(name: String, value: String?)]) -> DeflateParameters { DeflateParameters(list) }

    @Test("without parameters both sides keep their context in the largest window")
    func defaults() {
        let parameters = Self.parameters([])
        #expect(parameters == DeflateParameters())
        #expect(!parameters.client.resetsContext && !parameters.server.resetsContext)
        #expect(parameters.client.windowBits == 15 && parameters.server.windowBits == 15)
    }

    @Test("each parameter speaks of its own side")
    func sides() {
        let client = Self.parameters([("client_no_context_takeover", nil), ("client_max_window_bits", "9")])
        #expect(client.client.resetsContext && client.client.windowBits == 9)
        #expect(client.server == DeflateParameters.Side())
        let server = Self.parameters([("server_max_window_bits", "8"), ("Server_No_Context_Takeover", nil)])
        #expect(server.server.resetsContext && server.server.windowBits == 8)
        #expect(server.client == DeflateParameters.Side())
    }

    @Test("values out of range and unknown names change nothing", arguments: ["7", "16", "", "ten", "-9", "99999999999999999999", nil])
    func malformed(value: String?) {
        let parameters = Self.parameters([("client_max_window_bits", value), ("server_max_window_bits", value), ("other", "10")])
        #expect(parameters == DeflateParameters())
    }
}
