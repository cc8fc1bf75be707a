import Bytes
import Chains
import Text

/// Who lost a connection and tried again, for people: what many did at once first, then the clients that were cut off longest.
struct ChainSection {
    let figures: ChainFigures
    let palette: Palette
    /// Columns of the terminal; nil where lines need not fit one.
    let width: Int?
    /// Chains that are told in full.
    let limit: Int
    /// Where the others are.
    let elsewhere: String

    private static let stormLimit = 5
    private static let labelStart = 5
    private static let textStart = 15
    /// A word from the wire can be very long.
    private static let wordWidth = 400

    /// `Reconnects: 40 clients, cut off 43 times, 1 min 40 s in all`, or `Repeated attempts: 1 client`.
    var heading: String { "\(figures.title): \(summary)" }

    var summary: String {
        let chains = figures.chains
        let outages = chains.reduce(0) { $0 + $1.outages.count + ($1.cutOffSince == nil ? 0 : 1) }
        let clients = Set(chains.lazy.map(\.client)).count
        var count = Quantity.counted(clients, "client")
        if chains.count > clients { count = "\(Quantity.counted(chains.count, "chain")) of \(count)" }
        guard outages > 0 else { return count }
        let time = chains.reduce(0) { $0 &+ $1.wholeCutOff }
        return "\(count), cut off \(Chain.times(outages)), \(Quantity.duration(time)) in all"
    }

    /// The largest of them.
    var storms: ArraySlice<Storm> {
        figures.storms.sorted { ($1.lossCount, $0.start) < ($0.lossCount, $1.start) }.prefix(Self.stormLimit)
    }

    /// Those that were cut off longest first.
    var ordered: [Chain] {
        let chains = figures.chains
        return chains.indices.sorted { Self.precedes(chains[$0], chains[$1], $0 < $1) }.map { chains[$0] }
    }

    func write(to output: inout ByteBuffer) {
        for storm in storms {
            var line = begin(indent: 1)
            line.add("\(storm.server)", .strong, indent: Self.labelStart)
            line.add("  \(storm.words)", .plain, indent: Self.labelStart)
            line.end(in: &output)
        }
        // What happened to many at once has been said.
        let limit = figures.storms.isEmpty ? limit : limit / 2
        for chain in ordered.prefix(limit) { write(chain, to: &output) }
        if figures.chains.count > limit {
            note("\(Quantity.count(figures.chains.count - limit)) more: \(elsewhere)", to: &output)
        }
        if figures.overlookedCount > 0 {
            note("\(Quantity.counted(figures.overlookedCount, "connection")) not looked at: --limit-rows", to: &output)
        }
    }

    private static func precedes(_ one: Chain, _ other: Chain, _ isFirst: Bool) -> Bool {
        let (a, b) = (one.wholeCutOff, other.wholeCutOff)
        if a != b { return a > b }
        return one.links.count != other.links.count ? one.links.count > other.links.count : isFirst
    }

    private func write(_ chain: Chain, to output: inout ByteBuffer) {
        var line = begin(indent: 1)
        line.add("\(chain.client) \(palette.toServer) \(chain.url ?? "\(chain.server)")", .strong, indent: Self.labelStart)
        line.add("  \(chain.title)\(Self.numbers(chain))", .plain, indent: Self.labelStart)
        line.end(in: &output)
        for (label, text) in chain.lines {
            var line = begin(indent: Self.labelStart)
            line.add(label, .dim, indent: Self.textStart)
            line.pad(to: Self.textStart)
            line.add(text, label == "cut off" ? .warning : label == "note" ? .note : .plain, indent: Self.textStart)
            line.end(in: &output)
        }
    }

    /// Numbers that are named; of more, the first and the last.
    private static let numberLimit = 4

    /// `, #3, #5, #8`, or `, #3 to #41`.
    private static func numbers(_ chain: Chain) -> String {
        let numbers = chain.connections
        guard let first = numbers.first, let last = numbers.last else { return "" }
        if numbers.count <= numberLimit { return ", " + numbers.map { "#\($0)" }.joined(separator: ", ") }
        return ", #\(first) to #\(last)"
    }

    private func begin(indent: Int) -> WrappedLine { WrappedLine(palette, width: width, indent: indent, wordWidth: Self.wordWidth) }

    private func note(_ text: String, to output: inout ByteBuffer) {
        var line = begin(indent: 1)
        line.add(text, .note, indent: 1)
        line.end(in: &output)
    }
}

extension Chain {
    /// With the time in which it was not back.
    fileprivate var wholeCutOff: Int64 { cutOff &+ (cutOffSince.map { max(0, end &- $0) } ?? 0) }
}
