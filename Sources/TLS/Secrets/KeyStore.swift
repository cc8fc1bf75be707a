import Bytes
import System

/// The secrets that key logs and captures have brought, found by what a connection shows of itself.
///
/// Shared by all that read: it may be asked and added to from any thread.
public final class KeyStore: Sendable {
    /// Where secrets came from, and what was found there.
    public struct Source: Sendable {
        /// As the user knows it: a file's name, "the capture".
        public var name: String
        public var lineCounts: [KeyLogLabel: Int] = [:]
        /// Lines that a decoder has no use for.
        public var unusedLineCount = 0
        /// Lines with a label that is not known.
        public var unknownLineCount = 0
        /// The first of those labels, where they look like labels and not like secrets.
        public var unknownLabels: [String] = []
        /// Lines that are no key log lines.
        public var badLineCount = 0
        /// The number of the first of them, from 1.
        public var firstBadLine: Int?

        public var secretCount: Int { lineCounts.values.reduce(0, +) }
    }

    package struct Item: Sendable {
        package var label: KeyLogLabel
        package var secret: Secret
        package var source: Int
    }

    private struct State {
        var items: [Random: [Item]] = [:]
        var itemCount = 0
        /// By the first 8 bytes of the encrypted premaster secret.
        var premasters: [UInt64: Item] = [:]
        var sessions: [[UInt8]: Item] = [:]
        var tickets: [[UInt8]: Item] = [:]
        /// Master secrets that were derived from others, by client random.
        var derived: [Random: Secret] = [:]
        var sources: [Source] = []
        var used: Set<Random> = []
        var generation = 0
        var expectsMore = false
        var isFull = false
        var midwayBudget: Int
        var finderRepeats = false
        var finder: (@Sendable () -> Void)?
        var privateKeys: [(key: PrivateKey, source: Int)] = []
        var hasPremasters = false
    }

    /// Secrets that are kept; further ones are not, and `isFull` says so.
    public let limit: Int
    private let state: Mutex<State>

    /// - Parameter midwayBudget: bytes that may be decrypted to find the place of connections whose handshake was not captured.
    public init(limit: Int = 1_000_000, midwayBudget: Int = 4 << 30) {
        self.limit = limit
        state = Mutex(State(midwayBudget: midwayBudget))
    }

    /// Lines under one client random: one a label, and as many again for proxies that use a client's random once more.
    private static let itemLimit = 32
    /// Sessions and tickets that are kept for resumption.
    private static let sessionLimit = 65_536

    // MARK: Adding

    /// Names a new source of secrets; its index is wanted by what adds them.
    public func addSource(_ name: String) -> Int {
        state.withLock {
            $0.sources.append(Source(name: name))
            return $0.sources.count - 1
        }
    }

    func add(_ secret: Secret, _ label: KeyLogLabel, of random: Random, source: Int) {
        state.withLock { state in
            state.sources[source].lineCounts[label, default: 0] += 1
            let known = state.items[random] ?? []
            if known.contains(where: { $0.label == label && $0.secret.isEqual(to: secret) }) { return }
            guard state.itemCount < limit, known.count < Self.itemLimit else { return state.isFull = true }
            state.items[random, default: []].append(Item(label: label, secret: secret, source: source))
            state.itemCount += 1
            if label == .premaster { state.hasPremasters = true }
            state.generation += 1
        }
    }

    func add(premaster: Secret, encryptedPrefix: UInt64, source: Int) {
        state.withLock { state in
            state.sources[source].lineCounts[.rsa, default: 0] += 1
            guard state.premasters.count < limit else { return state.isFull = true }
            state.hasPremasters = true
            state.premasters[encryptedPrefix] = Item(label: .rsa, secret: premaster, source: source)
            state.generation += 1
        }
    }

    func add(master: Secret, sessionID: [UInt8], source: Int) {
        state.withLock { state in
            state.sources[source].lineCounts[.rsa, default: 0] += 1
            guard state.sessions.count < limit else { return state.isFull = true }
            state.sessions[sessionID] = Item(label: .rsa, secret: master, source: source)
            state.generation += 1
        }
    }

    /// Notes the master secret of a connection, for those that resume its session.
    func keep(_ master: Secret, sessionID: [UInt8]?, ticket: [UInt8]?, source: Int) {
        state.withLock { state in
            let item = Item(label: .clientRandom, secret: master, source: source)
            if let sessionID, !sessionID.isEmpty, state.sessions.count < Self.sessionLimit { state.sessions[sessionID] = item }
            if let ticket, !ticket.isEmpty, state.tickets.count < Self.sessionLimit { state.tickets[ticket] = item }
        }
    }

    /// A connection's share of what may be spent on those whose handshake was not captured, in bytes.
    ///
    /// Each takes a part of what is left, so that there is some for all, however many there are.
    func takeMidwayBudget() -> Int {
        state.withLock { state in
            let share = max(state.midwayBudget / Self.midwayShare, Self.leastMidwayBudget)
            state.midwayBudget = max(0, state.midwayBudget - share)
            return share
        }
    }

    /// Gives back what a connection did not spend.
    func returnMidwayBudget(_ byteCount: Int) { state.withLock { $0.midwayBudget += max(0, byteCount) } }

    private static let midwayShare = 16
    /// What each has even when nothing is left: half a millisecond of work.
    private static let leastMidwayBudget = 256 << 10

    public func add(_ key: PrivateKey) {
        let source = addSource(key.name)
        state.withLock { $0.privateKeys.append((key, source)) }
    }

    func note(source: Int, _ change: (inout Source) -> Void) { state.withLock { change(&$0.sources[source]) } }

    /// Notes a master secret that was derived, for whoever writes a key log.
    func keep(master: Secret, of random: Random, source: Int) {
        state.withLock { state in
            guard state.derived.count < Self.sessionLimit else { return }
            state.derived[random] = master
        }
    }

    /// A key log with all that opens the connections of these client randoms, one line each secret.
    public func keyLog(of randoms: [[UInt8]]) -> [UInt8] {
        state.withLock { state in
            var lines: [UInt8] = []
            func add(_ label: KeyLogLabel, _ random: Random, _ secret: Secret) {
                lines += Array("\(label.rawValue) ".utf8)
                lines.append(hex: random.bytes.span)
                lines.append(UInt8(ascii: " "))
                lines.append(hex: secret.span)
                lines.append(UInt8(ascii: "\n"))
            }
            for bytes in randoms where bytes.count == Random.byteCount {
                let random = Random(bytes.span)
                for item in state.items[random] ?? [] { add(item.label, random, item.secret) }
                if let master = state.derived[random] { add(.clientRandom, random, master) }
            }
            return lines
        }
    }

    /// Sets where to look for more when a connection lacks a secret.
    /// - Parameter repeats: each time; otherwise once.
    public func setFinder(repeats: Bool = false, _ find: @escaping @Sendable () -> Void) {
        state.withLock {
            $0.finder = find
            $0.finderRepeats = repeats
        }
    }

    /// Looks where secrets may be that were not read yet; true if there were new ones.
    package func findMore() -> Bool {
        let (finder, before) = state.withLock { state in
            defer { if !state.finderRepeats { state.finder = nil } }
            return (state.finder, state.generation)
        }
        guard let finder else { return false }
        finder()
        return generation != before
    }

    /// More secrets may come, so that what lacks one should wait for it.
    public var expectsMore: Bool {
        get { state.withLock { $0.expectsMore } }
        set { state.withLock { $0.expectsMore = newValue } }
    }

    // MARK: Asking

    /// Grows with each secret, so that whoever waits need not ask in vain.
    public var generation: Int { state.withLock { $0.generation } }
    public var sources: [Source] { state.withLock { $0.sources } }
    public var isFull: Bool { state.withLock { $0.isFull } }
    /// Nothing was ever given.
    public var isEmpty: Bool { state.withLock { $0.sources.isEmpty && $0.privateKeys.isEmpty } }
    /// There is more than private keys.
    var hasLines: Bool { state.withLock { !$0.items.isEmpty || !$0.premasters.isEmpty || $0.sources.count > $0.privateKeys.count } }
    /// Client randoms that there are secrets for.
    public var randomCount: Int { state.withLock { $0.items.count } }
    /// Of how many connections there are which secrets.
    public var holdings: [KeyHolding: Int] {
        state.withLock { state in
            var counts: [KeyHolding: Int] = [:]
            for items in state.items.values { counts[KeyHolding(Set(items.map(\.label))), default: 0] += 1 }
            return counts
        }
    }

    /// Whether a source has brought secrets of a client random, which has 32 bytes.
    public func hasSecrets(ofClientRandom random: Span<UInt8>, source name: String) -> Bool {
        let random = Random(random)
        return state.withLock { state in state.items[random]?.contains { state.sources[$0.source].name == name } ?? false }
    }

    /// Client randoms among them whose connections were opened.
    public var usedCount: Int { state.withLock { $0.used.count } }
    var privateKeys: [(key: PrivateKey, source: Int)] { state.withLock { $0.privateKeys } }

    /// Handshakes are needed from which a master secret is derived.
    var derivesFromPremaster: Bool { state.withLock { !$0.privateKeys.isEmpty || $0.hasPremasters } }

    package func name(ofSource index: Int) -> String { state.withLock { $0.sources.indices.contains(index) ? $0.sources[index].name : "" } }

    package func items(of random: Random) -> [Item] { state.withLock { $0.items[random] ?? [] } }
    func premaster(encryptedPrefix: UInt64) -> Item? { state.withLock { $0.premasters[encryptedPrefix] } }
    func master(sessionID: [UInt8]) -> Item? { state.withLock { $0.sessions[sessionID] } }
    func master(ticket: [UInt8]) -> Item? { state.withLock { $0.tickets[ticket] } }

    /// Secrets of one kind that no connection has used so far, at most `limit` of them.
    package func unusedItems(_ label: KeyLogLabel, limit: Int) -> [(random: Random, item: Item)] {
        state.withLock { state in
            var found: [(random: Random, item: Item)] = []
            for (random, items) in state.items where !state.used.contains(random) {
                for item in items where item.label == label { found.append((random, item)) }
                if found.count >= limit { break }
            }
            return found
        }
    }

    package func markUsed(_ random: Random) { state.withLock { _ = $0.used.insert(random) } }
}

extension [UInt8] {
    /// Appends two hexadecimal digits for each byte.
    fileprivate mutating func append(hex bytes: Span<UInt8>) {
        let digits = Array("0123456789abcdef".utf8)
        for index in bytes.indices {
            append(digits[Int(bytes[index] >> 4)])
            append(digits[Int(bytes[index] & 15)])
        }
    }
}
