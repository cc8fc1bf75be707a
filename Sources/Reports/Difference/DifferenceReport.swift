import Bytes
import Differences
import Text

/// Writes what differs between two captures: rows for people, one JSON object, or JUnit XML.
public struct DifferenceReport: ~Copyable {
    public struct Options: Sendable {
        public var palette = Palette()
        /// Columns of the terminal; nil where rows need not fit one.
        public var width: Int?
        /// Rows shown of two connections, and pairs of connections that are shown.
        public var rowLimit = 30
        /// Locations named of differences that are alike.
        public var locationLimit = 5
        /// Why there is no B at all; nil where there is one.
        public var obstacle: String?

        public init() {}
    }

    /// A capture as it was named, and why it could not be read to its end.
    public struct Source: Sendable {
        public var name: String
        public var failure: String?
        /// What is to be said of how it came about, by the connection of A that it is about.
        public var remarks: [(connection: UInt64, text: String)] = []

        public init(name: String, failure: String? = nil) {
            self.name = name
            self.failure = failure
        }
    }

    public var output = ByteBuffer()
    let options: Options
    let sources: (a: Source, b: Source)
    let difference: CaptureDifference
    var time = TimeText()

    public init(_ difference: CaptureDifference, _ a: Source, _ b: Source, _ options: Options = Options()) {
        self.difference = difference
        sources = (a, b)
        self.options = options
    }

    /// There is no difference, and nothing kept the captures from being compared to their ends.
    public var isSame: Bool { difference.isSame && sources.b.remarks.isEmpty }

    // MARK: What all forms count

    /// How often each kind of difference was found, the most important first.
    var totals: [(kind: FoundDifference.Kind, count: UInt64)] {
        var counts: [FoundDifference.Kind: UInt64] = [:]
        for pair in difference.pairs { for found in pair.differences { counts[found.kind, default: 0] += found.count } }
        return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// What was not compared, or only in part, a sentence each.
    var notes: [String] {
        var notes: [String] = []
        for (name, capture) in [("A", difference.a), ("B", difference.b)] {
            if capture.omittedConnectionCount > 0 {
                notes.append("\(name): \(Quantity.counted(capture.omittedConnectionCount, "connection")) too many, and not compared")
            }
            if capture.omittedMessageCount > 0 {
                notes.append(
                    "\(name): \(Quantity.counted(capture.omittedMessageCount, "message")) beyond --limit-messages, and not compared")
            }
            if capture.unkeptCount > 0 {
                notes.append(
                    "\(name): of \(Quantity.counted(capture.unkeptCount, "message")) not all content was kept (--payload-limit, --limit-content): "
                        + "that it differs is seen, but not where")
            }
            if capture.redactedCount > 0 {
                notes.append(
                    "\(name): secrets were removed from \(Quantity.counted(capture.redactedCount, "message")) first; what was removed is not compared"
                )
            }
            if capture.encryptedCount > 0 {
                notes.append("\(name): \(Quantity.counted(capture.encryptedCount, "TLS connection")) could not be read")
            }
        }
        let uncertain = difference.pairs.reduce(0) { $0 + $1.uncertainCount }
        if uncertain > 0 {
            notes.append(
                "\(Quantity.counted(uncertain, "message")) not compared whole: bytes are missing in a capture, or it is longer than --limit-message"
            )
        }
        let omitted = difference.pairs.reduce(0) { $0 + $1.omittedCount }
        if omitted > 0 { notes.append("\(Quantity.counted(omitted, "difference")) more than are kept of two connections") }
        let natural = difference.pairs.reduce(0) { $0 + $1.volatileCount }
        if natural > 0 {
            let varying = Set(difference.pairs.flatMap(\.varying)).sorted()
            let examples = varying.prefix(4).joined(separator: ", ") + (varying.count > 4 ? ", …" : "")
            notes.append(
                "\(Quantity.counted(natural, "value")) not compared, as ids and times differ between runs"
                    + (varying.isEmpty ? "" : ", and numbers that vary in each (\(examples))") + "; --exact compares them")
        }
        return notes
    }
}
