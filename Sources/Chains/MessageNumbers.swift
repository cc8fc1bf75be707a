import JSON

/// Numbers that a server gives its messages, one after the other: what tells whether any are missing.
///
/// A member of JSON objects counts as such where it grows by one from message to message, three times in a row.
struct MessageNumbers: Sendable {
    private(set) var name: StaticString?
    private(set) var first: UInt64 = 0
    private(set) var last: UInt64 = 0
    /// Numbers in a row that are one higher than the number before, since the first.
    private var steps = 0
    private var isOver = false
    private var triedCount = 0

    /// Messages without such a member after which none is looked for.
    private static let triedLimit = 4
    private static let leastSteps = 2
    private static let names: [StaticString] = [
        "seq", "sequence", "seqNo", "seqno", "seqNum", "sequenceNumber", "sequence_number", "offset", "eventId", "event_id", "messageId",
        "message_id", "id", "n",
    ]

    init() {}

    /// A message of the server is worth looking at.
    var isLooking: Bool { !isOver }
    /// They were seen to count.
    var areKnown: Bool { name != nil && !isOver && steps >= Self.leastSteps }

    /// Takes a text message of the server.
    mutating func take(_ content: Span<UInt8>) {
        guard !isOver else { return }
        var members = JSONMembers(content)
        guard members.isObject else { return skip() }
        while let member = members.next(content) {
            guard let name = Self.names.first(where: { content.has(member, $0) }), isWanted(name) else { continue }
            guard let value = members.value(content), value.kind == .number, let number = content.extracting(value.range).integer else {
                continue
            }
            return add(number, name)
        }
        skip()
    }

    /// Takes a number that the protocol itself gives a message; empty where it has none.
    mutating func take(id: Span<UInt8>) {
        guard !isOver, let number = id.integer else { return }
        add(number, "s")
    }

    private func isWanted(_ candidate: StaticString) -> Bool {
        guard let name else { return true }
        return name.utf8CodeUnitCount == candidate.utf8CodeUnitCount && "\(name)" == "\(candidate)"
    }

    private mutating func add(_ number: UInt64, _ name: StaticString) {
        guard self.name != nil else {
            (self.name, first, last) = (name, number, number)
            return
        }
        guard number == last &+ 1 else {
            isOver = true
            return
        }
        last = number
        steps += 1
    }

    /// Messages of other kinds may come between those that count.
    private mutating func skip() {
        triedCount += 1
        if name == nil, triedCount >= Self.triedLimit { isOver = true }
    }
}

extension Span where Element == UInt8 {
    /// Digits alone, of a number that fits.
    fileprivate var integer: UInt64? {
        guard count > 0, count < 20 else { return nil }
        var number: UInt64 = 0
        for index in indices {
            guard self[index] >= UInt8(ascii: "0"), self[index] <= UInt8(ascii: "9") else { return nil }
            let (product, isHigh) = number.multipliedReportingOverflow(by: 10)
            let (sum, isTooHigh) = product.addingReportingOverflow(UInt64(self[index] - UInt8(ascii: "0")))
            guard !isHigh, !isTooHigh else { return nil }
            number = sum
        }
        return number
    }
}
