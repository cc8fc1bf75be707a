import Bytes
import TLS
import Testing

@Suite struct KeyHoldingTests {
    /// What a log holds that has these labels under one client random.
    static func holding(_ labels: [String]) -> [KeyHolding: Int] {
        let store = KeyStore()
        let reader = KeyLogReader(into: store, source: store.addSource("log"))
        let (random, secret) = (String(repeating: "ab", count: 32), String(repeating: "c5", count: 32))
        for label in labels { reader.take(Array("\(label) \(random) \(secret)\n".utf8).span) }
        reader.finish()
        return store.holdings
    }

    static let handshake = ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET"]
    static let traffic = ["CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"]

    @Test(
        "what can be read depends on the lines that there are",
        arguments: [
            (["CLIENT_RANDOM"], KeyHolding.master), (handshake + traffic, .complete), (traffic, .trafficOnly),
            (handshake + ["CLIENT_TRAFFIC_SECRET_0"], .oneDirection), (["SERVER_TRAFFIC_SECRET_0"], .oneDirection),
            (handshake, .handshakeOnly), (["CLIENT_EARLY_TRAFFIC_SECRET"], .earlyOnly), (["PMS_CLIENT_RANDOM"], .premaster),
            (["CLIENT_EARLY_TRAFFIC_SECRET"] + handshake + traffic, .complete),
            (traffic + ["SERVER_HANDSHAKE_TRAFFIC_SECRET"], .trafficOnly),
        ])
    func holdings(labels: [String], expected: KeyHolding) { #expect(Self.holding(labels) == [expected: 1]) }

    @Test("a label that is not known is kept, unless it could be a secret")
    func unknownLabels() {
        let store = KeyStore()
        let reader = KeyLogReader(into: store, source: store.addSource("log"))
        let digits = String(repeating: "AB", count: 16)
        for label in ["NEW_SECRET_1", digits, digits.lowercased(), "NEW_SECRET_1"] {
            reader.take(Array("\(label) \(digits) \(digits)\n".utf8).span)
        }
        #expect(store.sources[0].unknownLineCount == 4)
        #expect(store.sources[0].unknownLabels == ["NEW_SECRET_1"])
    }

    @Test("a source is asked for secrets of a client random")
    func randoms() {
        let store = KeyStore()
        let reader = KeyLogReader(into: store, source: store.addSource("mine"))
        reader.take(Array("CLIENT_RANDOM \(String(repeating: "ab", count: 32)) \(String(repeating: "c5", count: 48))\n".utf8).span)
        let random = [UInt8](repeating: 0xAB, count: 32)
        let hasMine = store.hasSecrets(ofClientRandom: random.span, source: "mine")
        let hasAnothers = store.hasSecrets(ofClientRandom: random.span, source: "another")
        let hasOther = store.hasSecrets(ofClientRandom: [UInt8](repeating: 1, count: 32).span, source: "mine")
        #expect(hasMine && !hasAnothers && !hasOther)
    }
}
