import WebSocket

/// One thing that differs between two connections, or several that differ alike.
public struct FoundDifference: Sendable {
    /// What differs, the most important first.
    public enum Kind: String, CaseIterable, Sendable, Comparable {
        /// The answer to the upgrade.
        case status
        /// How the connection ended.
        case end
        /// A message is only in A.
        case missing
        /// A message is only in B.
        case added
        /// A message carries something else.
        case changed
        /// A message stands elsewhere among those of its side.
        case reordered
        /// A rule was broken in one of them only.
        case finding
        case subprotocol
        /// The extensions agreed on.
        case extensions
        /// Method, target or version of the request.
        case request
        /// A field of a head.
        case header
        case late
        /// A message came in other frames.
        case refragmented
        /// A message was compressed otherwise, or only on one side.
        case recompressed

        /// It is about messages, and so about a direction.
        public var isOfMessage: Bool {
            switch self {
            case .missing, .added, .changed, .reordered, .late, .refragmented, .recompressed: true
            default: false
            }
        }

        var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
        public static func < (a: Kind, b: Kind) -> Bool { a.rank < b.rank }
    }

    /// Where a message stands in its capture.
    public struct Location: Sendable, Equatable {
        /// The number of the frame that ends it; 0 if none did.
        public var frame: UInt64
        /// Nanoseconds since its connection began.
        public var elapsed: Int64
    }

    public typealias Locations = (a: Location?, b: Location?)

    public var kind: Kind
    /// Who sent it.
    public var side: Side?
    /// Of a field its name, of a rule its name, of a message what it means or is.
    public var subject = ""
    /// What was there in A, and in B; nil for nothing.
    public var before: String?
    public var after: String?
    /// Of a change of content, part by part.
    public var parts: [ContentChange.Part] = []
    public var omittedPartCount = 0
    /// A sentence about it that is no value of either side.
    public var remark: String?
    /// Of what came late: by how much, in nanoseconds; of several, the most.
    public var delay: Int64?
    /// Messages that differ alike.
    public var count: UInt64 = 1
    /// The first of them, in A and in B.
    public var locations: [Locations] = []

    /// Locations that are kept of those that differ alike.
    static let locationLimit = 100

    init(_ kind: Kind, _ side: Side? = nil) {
        self.kind = kind
        self.side = side
    }

    /// Bytes on the wire, of what was compressed otherwise.
    public var wireBytes: (a: UInt64, b: UInt64)?
    /// A number that those have in common that are shown as one, beside what else they say.
    var likeness: UInt64 = 0

    /// What those have in common that are shown as one.
    var key: String {
        let who = side.map { $0 == .client ? "client" : "server" } ?? ""
        let start = "\(kind.rawValue) \(who) \(subject) \(likeness)"
        switch kind {
        case .missing, .added, .reordered, .late, .recompressed: return start
        case .changed: return "\(start) \(parts.map(\.path).joined(separator: " ")) \(remark ?? "")"
        default: return "\(start) \(before ?? "-") \(after ?? "-")"
        }
    }
}

/// What came of two connections that were compared.
public struct ConnectionDifference: Sendable {
    /// What is known of the clocks of the two captures.
    public enum Clock: Sendable, Equatable {
        /// Two runs: times are compared from the connection's beginning.
        case none
        case same
        /// That of B is ahead by so many nanoseconds, as far as can be told from messages in both directions.
        case ahead(Int64)
    }

    /// Delays of messages of one side between the two captures, in nanoseconds.
    public struct Delays: Sendable, Equatable {
        public var count: Int
        public var minimum: Int64
        public var median: Int64
        public var percentile95: Int64
        public var maximum: Int64
        /// The frame of the one that took longest, in A and in B.
        public var worst: (a: UInt64, b: UInt64)

        public static func == (a: Delays, b: Delays) -> Bool {
            a.count == b.count && a.minimum == b.minimum && a.median == b.median && a.percentile95 == b.percentile95
                && a.maximum == b.maximum
        }
    }

    /// Indexes into the captures' connections.
    public var a: Int
    public var b: Int
    public var basis: String
    /// It is one connection on two sides of something that passes it on.
    public var isSame: Bool
    public var clock = Clock.none
    /// B was captured nearer to the client than A.
    public var isReversed = false
    /// Messages arrive before they were sent, whatever the clocks: it is not one connection.
    var isImpossible = false
    public var differences: [FoundDifference] = []
    /// Differences beyond those that are kept.
    public var omittedCount: UInt64 = 0
    /// The delay of the request, and of the answer.
    public var requestDelay: Int64?
    public var responseDelay: Int64?
    public var fromClient: Delays?
    public var fromServer: Delays?
    /// Messages that are in both.
    public var pairCount = 0
    /// All messages that were compared, in the order of A; empty unless they were asked for (`DifferenceOptions.keepsMessages`).
    public internal(set) var messages: [AlignedMessage] = []
    /// Messages that were not compared whole, because the captures lack bytes of them or they are too long.
    public var uncertainCount = 0
    /// The first message that differs in what is said.
    public var firstDifference: FoundDifference.Locations?
    /// Numbers that vary within each run and were not compared, by their places.
    public var varying: [String] = []
    /// Values that differ by nature and were not compared.
    public var volatileCount = 0

    init(a: Int, b: Int, basis: String, isSame: Bool) {
        self.a = a
        self.b = b
        self.basis = basis
        self.isSame = isSame
    }

    public var isEmpty: Bool { differences.isEmpty }
}
