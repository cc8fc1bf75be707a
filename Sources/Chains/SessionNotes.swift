import Bytes
import JSON
import Subprotocols
import WebSocket

/// What the messages of a connection tell about its session: bounded, and no more than a chain compares.
struct SessionNotes: Sendable {
    private(set) var protocolName: StaticString?
    /// The client asked for a session that it had before.
    private(set) var hasAsked = false
    /// Whether it got it; nil where it did not ask, or nobody answered.
    private(set) var isResumed: Bool?
    /// Hashes of what the client subscribed to.
    private(set) var subscriptions: Set<Int> = []
    private(set) var noun: StaticString = "subscription"
    /// Tells the client apart from others, where its protocol has a name for it.
    private(set) var identity: Int?
    var numbers = MessageNumbers()
    /// The session that a client of Socket.IO asked for.
    private var askedFor: Int?

    /// Subscriptions of a connection that are compared.
    static let subscriptionLimit = 64

    init() {}

    mutating func take(_ meaning: borrowing Meaning, from side: Side) {
        if protocolName == nil { protocolName = meaning.name }
        for operation in meaning.operations {
            if side == .client { takeRequest(operation, meaning) } else { takeAnswer(operation, meaning) }
        }
    }

    // MARK: What the client asks

    private mutating func takeRequest(_ operation: Operation, _ meaning: borrowing Meaning) {
        guard operation.role == .request || operation.role == .setup || operation.role == .event else { return }
        func says(_ word: StaticString) -> Bool { Self.isWord(of: operation, meaning, word) }
        if says("subscribe") || says("start") || says("SUBSCRIBE") || says("sub") || says("REQ") || says("pusher:subscribe") {
            note(operation, meaning, "subscription")
        } else if says("phx_join") {
            note(operation, meaning, "channel")
        } else if says("Resume") {
            hasAsked = true
        } else if says("CONNECT") {
            takeConnect(operation, meaning)
        }
    }

    /// Of MQTT with the name that a client gives itself, of Socket.IO with a namespace, and the session that it had.
    private mutating func takeConnect(_ operation: Operation, _ meaning: borrowing Meaning) {
        let detail = meaning.bytes(of: operation.detail)
        guard "\(meaning.name)" == "socket.io" else {
            if "\(meaning.name)" == "mqtt", !detail.isEmpty { identity = detail.hash }
            return
        }
        note(operation, meaning, "namespace")
        let id = meaning.bytes(of: operation.id)
        guard !id.isEmpty else { return }
        hasAsked = true
        askedFor = id.hash
    }

    private mutating func note(_ operation: Operation, _ meaning: borrowing Meaning, _ noun: StaticString) {
        self.noun = noun
        guard subscriptions.count < Self.subscriptionLimit else { return }
        var hasher = Hasher()
        hasher.combine(meaning.bytes(of: operation.name).hash)
        hasher.combine(meaning.bytes(of: operation.detail).hash)
        subscriptions.insert(hasher.finalize())
    }

    // MARK: What the server answers

    private mutating func takeAnswer(_ operation: Operation, _ meaning: borrowing Meaning) {
        func says(_ word: StaticString) -> Bool { Self.isWord(of: operation, meaning, word) }
        if says("Dispatch") {
            if meaning.bytes(of: operation.name).equals("RESUMED") { isResumed = true }
            numbers.take(id: meaning.bytes(of: operation.id))
        } else if says("Invalid Session") {
            if hasAsked { isResumed = false }
        } else if says("CONNACK") {
            if meaning.bytes(of: operation.detail).equals("session present") { isResumed = true }
        } else if says("CONNECT"), let askedFor {
            isResumed = meaning.bytes(of: operation.id).hash == askedFor
        }
    }

    private static func isWord(of operation: Operation, _ meaning: borrowing Meaning, _ word: StaticString) -> Bool {
        guard operation.word.isEmpty else { return meaning.bytes(of: operation.word).equals(word) }
        let type = operation.type
        guard type.utf8CodeUnitCount == word.utf8CodeUnitCount else { return false }
        // Invariant: both have so many bytes.
        for index in 0..<word.utf8CodeUnitCount where unsafe type.utf8Start[index] != word.utf8Start[index] { return false }
        return true
    }
}

extension Span where Element == UInt8 {
    var hash: Int {
        var hasher = Hasher()
        for index in indices { hasher.combine(self[index]) }
        return hasher.finalize()
    }

    func equals(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        // Invariant: as many bytes as both have are compared.
        for index in indices where unsafe self[index] != word.utf8Start[index] { return false }
        return true
    }
}
