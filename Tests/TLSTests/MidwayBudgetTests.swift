import Testing

@testable import TLS

/// What may be spent on connections whose handshake was not captured.
@Suite struct MidwayBudgetTests {
    @Test("many connections together get little more than there is, and each of them something")
    func shares() {
        let store = KeyStore(midwayBudget: 1 << 30)
        let shares = (0..<1_000).map { _ in store.takeMidwayBudget() }
        #expect(shares[0] == 64 << 20)
        #expect(shares.allSatisfy { $0 >= 256 << 10 })
        #expect(shares.reduce(0, +) <= (1 << 30) + 1_000 * (256 << 10))
    }

    @Test("what a connection gives back is there for others")
    func returns() {
        let store = KeyStore(midwayBudget: 1 << 30)
        store.returnMidwayBudget(store.takeMidwayBudget())
        #expect(store.takeMidwayBudget() == 64 << 20)
        store.returnMidwayBudget(-5)
        #expect(store.takeMidwayBudget() == 60 << 20)
    }
}
