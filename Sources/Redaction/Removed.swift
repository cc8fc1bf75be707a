/// How much was removed, for the report on it.
public struct Removed: Sendable {
    /// In the order of `Sign.allCases`.
    private var counts = [UInt64](repeating: 0, count: Sign.allCases.count)
    /// Payloads that were removed whole, because they could not be searched.
    public var payloads: UInt64 = 0
    /// Secrets of which later repetitions were not looked for, since a connection had too many.
    public var omittedCount = 0

    public init() {}

    public mutating func add(_ other: Removed) {
        for index in counts.indices { counts[index] += other.counts[index] }
        payloads += other.payloads
        omittedCount += other.omittedCount
    }

    public mutating func count(_ secrets: [Secret]) {
        for secret in secrets { counts[secret.sign.rawValue] += 1 }
    }

    /// `2 cookies, 1 authorization`; nil when there was nothing.
    public var text: String? {
        var parts = zip(Sign.allCases, counts).filter { $1 > 0 }.map { sign, count in "\(count) \(count == 1 ? sign.noun : sign.plural)" }
        if payloads > 0 {
            parts.append(
                payloads == 1
                    ? "1 payload, removed whole because it could not be searched"
                    : "\(payloads) payloads, removed whole because they could not be searched")
        }
        if omittedCount > 0 { parts.append("but not where \(omittedCount) of too many secrets are repeated without their names") }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
