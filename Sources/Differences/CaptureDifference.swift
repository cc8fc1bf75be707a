import Bytes
import Inspection
import WebSocket

/// What differs between two captures.
public struct CaptureDifference {
    public let a: ComparedCapture
    public let b: ComparedCapture
    private let options: DifferenceOptions
    /// Connections that belong together, in the order of A.
    public private(set) var pairs: [ConnectionDifference] = []
    /// Connections without a counterpart: indexes into those of A, and of B.
    public private(set) var onlyA: [Int] = []
    public private(set) var onlyB: [Int] = []
    /// TCP connections that came to nothing, where not as many did in both: what became of them, and how many in A and in B.
    public private(set) var attempts: [(words: String, a: UInt64, b: UInt64)] = []

    public init(_ a: ComparedCapture, _ b: ComparedCapture, _ options: DifferenceOptions = .init()) {
        self.a = a
        self.b = b
        self.options = options
        let matching = ConnectionMatching(a.connections, b.connections)
        onlyA = matching.onlyA
        onlyB = matching.onlyB
        for match in matching.matches {
            let (one, other) = (a.connections[match.a], b.connections[match.b])
            func compared(isSame: Bool) -> ConnectionDifference {
                let result = ConnectionDifference(a: match.a, b: match.b, basis: match.basis.rawValue, isSame: isSame)
                var comparison = ConnectionComparison(a: one, b: other, captureA: a, captureB: b, options: options, result: result)
                return comparison.run()
            }
            let result = compared(isSame: Self.isSame(one, other, match.basis, options))
            pairs.append(result.isImpossible && options.relation == .auto ? compared(isSame: false) : result)
        }
        // On the two sides of a proxy other things are refused.
        if !pairs.contains(where: \.isSame), options.relation != .proxy { compareAttempts() }
    }

    /// Compares connections of which it is known which belong together.
    /// - Parameters:
    ///   - known: indexes into the connections of A and of B, and what of them is compared.
    ///   - onlyA: those of A that have no counterpart. Others are left out.
    public init(
        _ a: ComparedCapture, _ b: ComparedCapture, known: [(a: Int, b: Int, options: DifferenceOptions)], onlyA: [Int]
    ) {
        self.a = a
        self.b = b
        options = known.first?.options ?? DifferenceOptions()
        for match in known {
            let result = ConnectionDifference(a: match.a, b: match.b, basis: ConnectionMatching.Basis.replay.rawValue, isSame: false)
            var comparison = ConnectionComparison(
                a: a.connections[match.a], b: b.connections[match.b], captureA: a, captureB: b, options: match.options, result: result)
            pairs.append(comparison.run())
        }
        self.onlyA = onlyA
    }

    public var isSame: Bool { pairs.allSatisfy(\.isEmpty) && onlyA.isEmpty && onlyB.isEmpty && attempts.isEmpty }

    /// What a message carries in A and in B, with marks where they differ.
    public func contents(of message: AlignedMessage, in pair: ConnectionDifference) -> MarkedContents {
        let one = message.a.map { a.connections[pair.a][message.side][$0] }
        let other = message.b.map { b.connections[pair.b][message.side][$0] }
        var contents = MarkedContents(a: one.map { a.content(of: $0) }, b: other.map { b.content(of: $0) })
        guard let one, let other, one.digest != other.digest else { return contents }
        contents.mark(isText: one.opcode != .binary && other.opcode != .binary) {
            options.compares($0, isTolerant: !pair.isSame && !options.isExact) && message.kinds.contains(.changed)
        }
        return contents
    }

    private mutating func compareAttempts() {
        for words in Set(a.attempts.keys).union(b.attempts.keys).sorted() {
            let (one, other) = (a.attempts[words] ?? 0, b.attempts[words] ?? 0)
            if one != other { attempts.append((words, one, other)) }
        }
    }

    // MARK: One connection or two runs

    /// Nanoseconds that clocks of two hosts are apart at most.
    private static let clockLimit: UInt64 = 600_000_000_000
    /// Nanoseconds that the two sides of a proxy are apart at most, where no key says that they are such.
    private static let delayLimit: UInt64 = 2_000_000_000

    private static func isSame(
        _ a: ComparedConnection, _ b: ComparedConnection, _ basis: ConnectionMatching.Basis, _ options: DifferenceOptions
    ) -> Bool {
        switch options.relation {
        case .proxy: return true
        case .runs: return false
        case .auto: break
        }
        let apart = b.connection.time.nanoseconds(since: a.connection.time).magnitude
        // Programs for tests have keys that are always the same.
        if basis == .key { return apart <= clockLimit }
        // HTTP/2 has no key: the same messages at the same time then.
        guard basis == .messages, a.handshakeKey == nil || b.handshakeKey == nil else { return false }
        return apart <= delayLimit
    }
}
