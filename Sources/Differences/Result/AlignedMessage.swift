import Bytes
import WebSocket

/// A message of A beside the one of B that belongs to it, or one without a counterpart.
public struct AlignedMessage: Sendable, Equatable {
    /// What differs about it.
    public struct Kinds: OptionSet, Sendable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        init(_ kind: FoundDifference.Kind) { rawValue = 1 << UInt32(kind.rank) }

        /// It carries something else.
        public static let changed = Kinds(.changed)

        public func contains(_ kind: FoundDifference.Kind) -> Bool { contains(Kinds(kind)) }

        /// The most important first.
        public var each: [FoundDifference.Kind] { FoundDifference.Kind.allCases.filter { contains($0) } }
    }

    /// Who sent it.
    public var side: Side
    /// Indexes into the messages of that side (`ComparedConnection`); nil where there is none.
    public var a: Int?
    public var b: Int?
    public var kinds: Kinds = []
}

/// Puts the messages of two connections side by side.
struct MessageAlignment {
    /// A message, by the frames that end it; there is at most one without on each side.
    private struct Key: Hashable {
        var side: Side
        var a: UInt64?
        var b: UInt64?
    }

    private var messages: [AlignedMessage] = []
    private var moved: Set<Int> = []
    private var kinds: [Key: AlignedMessage.Kinds] = [:]

    mutating func add(_ found: MessagePairs, _ side: Side) {
        for pair in found.pairs {
            if pair.isMoved { moved.insert(messages.count) }
            messages.append(AlignedMessage(side: side, a: pair.a, b: pair.b))
        }
        messages += found.missing.map { AlignedMessage(side: side, a: $0) }
        messages += found.added.map { AlignedMessage(side: side, b: $0) }
    }

    mutating func note(_ found: FoundDifference) {
        guard found.kind.isOfMessage, let side = found.side else { return }
        for place in found.locations {
            kinds[Key(side: side, a: place.a?.frame, b: place.b?.frame), default: []].insert(AlignedMessage.Kinds(found.kind))
        }
    }

    /// All of them in the order of A. What is in B only stands after what comes before it in B.
    func rows(_ a: ComparedConnection, _ b: ComparedConnection) -> [AlignedMessage] {
        func order(_ message: AlignedMessage, _ index: Int?, _ connection: ComparedConnection) -> (time: Int64, frame: UInt64) {
            guard let index else { return (.max, .max) }
            let kept = connection[message.side][index]
            return (kept.time.nanoseconds, kept.frame == 0 ? .max : kept.frame)
        }
        let ofA = messages.indices.filter { messages[$0].a != nil }.map { ($0, order(messages[$0], messages[$0].a, a)) }.sorted {
            $0.1 < $1.1
        }
        let ofB = messages.indices.filter { messages[$0].b != nil }.map { ($0, order(messages[$0], messages[$0].b, b)) }.sorted {
            $0.1 < $1.1
        }
        // What is in B only, by the message that it follows.
        var following: [Int: [Int]] = [:]
        var last = -1
        for (index, _) in ofB {
            if messages[index].a == nil { following[last, default: []].append(index) } else if !moved.contains(index) { last = index }
        }
        var order = following[-1] ?? []
        for (index, _) in ofA { order += [index] + (following[index] ?? []) }
        return order.map { index in
            var message = messages[index]
            let key = Key(
                side: message.side, a: message.a.map { a[message.side][$0].frame }, b: message.b.map { b[message.side][$0].frame })
            message.kinds = kinds[key] ?? []
            return message
        }
    }
}
