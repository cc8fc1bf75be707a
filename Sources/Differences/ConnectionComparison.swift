import Bytes
import HTTP
import Inspection
import Rules
import Verdicts
import WebSocket

/// Compares two connections that belong together.
struct ConnectionComparison {
    let a: ComparedConnection
    let b: ComparedConnection
    let captureA: ComparedCapture
    let captureB: ComparedCapture
    let options: DifferenceOptions
    var result: ConnectionDifference
    var tally = DifferenceTally()
    var alignment = MessageAlignment()
    /// Numbers that differ, until it is known which vary anyway.
    var numbers: [String: VaryingNumbers] = [:]
    var pairs: [(side: Side, pairs: [MessagePairs.Pair])] = []

    var areRuns: Bool { !result.isSame }
    /// What differs by nature is left out.
    var isTolerant: Bool { areRuns && !options.isExact }

    mutating func run() -> ConnectionDifference {
        result.isReversed = result.isSame && isReversed
        compareHandshakes()
        for side in [Side.client, .server] where options.compares(side) { compareMessages(of: side) }
        addNumbersThatMatter()
        if result.isSame { measureDelays() } else if options.compares(.delay) { comparePauses() }
        compareFindings()
        if options.compares(.end) { compareEnds() }
        result.differences = tally.ordered
        result.omittedCount = tally.omittedCount
        if options.keepsMessages { result.messages = alignment.rows(a, b) }
        return result
    }

    mutating func add(_ found: FoundDifference) {
        tally.add(found)
        if options.keepsMessages { alignment.note(found) }
    }

    /// B was captured nearer to the client: there an upgrade takes longer, by whatever clock.
    private var isReversed: Bool {
        guard let one = a.connection.upgradeNanoseconds, let other = b.connection.upgradeNanoseconds else { return false }
        return one < other
    }

    // MARK: Handshakes

    private mutating func compareHandshakes() {
        let (one, other) = (a.connection, b.connection)
        // Of half a handshake nothing can be said.
        guard one.status != .inferred, other.status != .inferred else { return }
        var isTranslated = false
        if let left = one.request, let right = other.request {
            isTranslated = left.isOfStream != right.isOfStream
            if options.compares(Side.client) {
                compare(left, right)
                compare(left.headers, right.headers, from: .client, isTranslated)
            }
        }
        guard options.compares(Side.server) else { return }
        if Self.outcome(of: one) != Self.outcome(of: other) {
            var found = FoundDifference(.status, .server)
            (found.before, found.after) = (a.answer, b.answer)
            add(found)
        } else if let left = one.response, let right = other.response {
            compareAgreements(one, other)
            compare(left.headers, right.headers, from: .server, isTranslated)
        }
    }

    /// 101, and 2xx of HTTP/2, are the same answer.
    private static func outcome(of connection: Connection) -> Int? {
        connection.response.map { $0.isGrant ? 101 : $0.status }
    }

    private mutating func compare(_ left: RequestHead, _ right: RequestHead) {
        func target(_ head: RequestHead) -> String { isTolerant ? HandshakeChange.withoutVolatile(head.target) : head.target }
        guard left.version != right.version || target(left) != target(right) || left.method != right.method else { return }
        var found = FoundDifference(.request, .client)
        // The target where that is what differs: then many connections differ alike.
        func words(_ head: RequestHead) -> String {
            let parts = target(left) == target(right) ? [head.method, head.version] : [head.method, head.target, head.version]
            return parts.joined(separator: " ")
        }
        (found.before, found.after) = (words(left), words(right))
        add(found)
    }

    private mutating func compareAgreements(_ one: Connection, _ other: Connection) {
        for (kind, before, after) in [
            (FoundDifference.Kind.subprotocol, one.subprotocol, other.subprotocol),
            (.extensions, a.extensionWords, b.extensionWords),
        ] where before != after {
            var found = FoundDifference(kind, .server)
            (found.before, found.after) = (before, after)
            add(found)
        }
    }

    private mutating func compare(_ left: Headers, _ right: Headers, from side: Side, _ isTranslated: Bool) {
        guard options.compares(.headers) else { return }
        for change in HandshakeChange.compare(left, right, areRuns: areRuns, isTranslated: isTranslated, options) {
            // What was agreed on has been said.
            if side == .server, ["sec-websocket-extensions", "sec-websocket-protocol"].contains(change.name.lowercased()) { continue }
            var found = FoundDifference(.header, side)
            (found.subject, found.before, found.after) = (change.name, change.before, change.after)
            add(found)
        }
    }

    // MARK: Ends

    private mutating func compareEnds() {
        guard let one = a.verdict, let other = b.verdict else { return }
        // A refusal has been said.
        guard one.manner != .refused || other.manner != .refused, a.connection.status == b.connection.status else { return }
        let (before, after) = (words(one, a, captureA), words(other, b, captureB))
        guard before != after || one.browser?.code != other.browser?.code else { return }
        var found = FoundDifference(.end)
        (found.before, found.after) = (before, after)
        found.locations = [(location(at: one.time, in: a), location(at: other.time, in: b))]
        add(found)
    }

    /// How it ended, with the reason that was given.
    private func words(_ verdict: Verdict, _ connection: ComparedConnection, _ capture: ComparedCapture) -> String {
        guard verdict.manner == .closed || verdict.manner == .closeUnanswered, let side = verdict.by,
            let close = connection[side].first(where: { $0.opcode == .close })
        else { return verdict.phrase }
        let reason = CloseBody(capture.content(of: close).span).reason
        return reason.isEmpty ? verdict.phrase : "\(verdict.phrase): \(reason)"
    }

    private func location(at time: Timestamp, in connection: ComparedConnection) -> FoundDifference.Location {
        FoundDifference.Location(frame: 0, elapsed: time.nanoseconds(since: connection.connection.time))
    }

    private mutating func compareFindings() {
        guard options.compares(.findings) else { return }
        let (left, right) = (a.findings(of: options.onlySide), b.findings(of: options.onlySide))
        let rules = Set(left.keys).union(right.keys).filter { CollectingSink.isComparable($0) && !options.ignoredRules.contains($0) }
        for rule in rules.sorted(by: { $0.rawValue < $1.rawValue }) where (left[rule] == nil) != (right[rule] == nil) {
            var found = FoundDifference(.finding)
            found.subject = rule.rawValue
            found.before = left[rule].map { "\($0)" }
            found.after = right[rule].map { "\($0)" }
            add(found)
        }
    }
}
