import Rules
import WebSocket

/// What of two captures is compared, and how.
public struct DifferenceOptions: Sendable {
    /// What the two captures are to each other.
    public enum Relation: String, CaseIterable, Sendable {
        /// Found out for each pair of connections.
        case auto
        /// The same connections on both sides of something that passes them on.
        case proxy
        /// Connections of the same kind, at different times.
        case runs
    }

    /// What can be left out of the comparison.
    public enum Aspect: String, CaseIterable, Sendable {
        /// The order of messages.
        case order
        /// In how many frames a message came.
        case frames
        /// Whether a message was compressed, and to how many bytes.
        case compression
        /// How late messages came.
        case delay
        /// How connections ended.
        case end
        /// Rules that were broken.
        case findings
        /// Fields of heads.
        case headers
        /// Pings and pongs, of WebSocket and of protocols inside it.
        case pings
    }

    public var relation = Relation.auto
    /// Both captures have the same clock, whatever the times look like.
    public var hasSameClock = false
    /// What differs by nature between two runs counts as well: ids, times, dates.
    public var isExact = false
    public var ignored: Set<Aspect> = []
    /// Names of fields that are not compared, in lower case.
    public var ignoredHeaders: Set<String> = []
    /// Places in JSON that are not compared, with what is inside of them: `json.user.id`.
    public var ignoredPaths: Set<String> = []
    /// Nanoseconds by which a message is late; nil for 100 ms through a proxy and 1 s between runs.
    public var lateness: Int64?
    /// Only what this side sent is compared, and how connections end; nil for both sides.
    public var onlySide: Side?
    /// Rules whose findings are not compared.
    public var ignoredRules: Set<Rule> = []
    /// Every message is kept beside its counterpart (`ConnectionDifference.messages`), and not only what differs.
    public var keepsMessages = false
    /// A message that came sooner differs, as one that came late does.
    public var countsSooner = true

    public init() {}

    func compares(_ aspect: Aspect) -> Bool { !ignored.contains(aspect) }

    func compares(_ side: Side) -> Bool { onlySide == nil || onlySide == side }

    /// A part of a content counts as a difference.
    /// - Parameter isTolerant: what differs by nature does not.
    func compares(_ part: ContentChange.Part, isTolerant: Bool) -> Bool {
        if isTolerant, part.isVolatile { return false }
        guard !ignoredPaths.isEmpty, !part.path.isEmpty else { return true }
        // Without the numbers of elements, and then each of the locations that it is inside of.
        var inside = ""
        var isNumber = false
        for character in part.path {
            if character == "[" { isNumber = true }
            if !isNumber {
                if character == ".", ignoredPaths.contains(inside) { return false }
                inside.append(character)
            }
            if character == "]" { isNumber = false }
        }
        return !ignoredPaths.contains(inside) && !ignoredPaths.contains(part.path)
    }
}
