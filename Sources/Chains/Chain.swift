import Packets
import WebSocket

/// Connections and attempts of one client to one URL that follow each other: one story.
package struct Chain: Sendable {
    package struct Ending: Sendable, Equatable {
        /// How it ended, in the words that `summary` has.
        package var words: String
        package var count: Int
        /// Who ended it, where somebody did.
        package var by: Side?
    }

    package let client: IPAddress
    /// Where its URL is known, without the query.
    package var url: String?
    /// The server that was asked last.
    package let server: Endpoint
    /// In the order in which they began.
    package let links: [Link]
    /// Others of the same address waited at the same time, so that some of it may belong to them.
    package let isAmbiguous: Bool
    /// Why connections that were open ended, the most frequent first; those that the client left are not counted.
    package private(set) var losses: [Ending] = []
    /// Why attempts failed.
    package private(set) var failures: [Ending] = []
    /// Nanoseconds from losing a connection to the next 101, each time that there was one.
    package private(set) var outages: [Int64] = []
    /// Since when the client has been cut off; nil if it was not when the capture ended.
    package private(set) var cutOffSince: Int64?
    /// By which rule the client waits before it tries again.
    package let backOff: BackOff
    /// The pauses that tell, in nanoseconds: each run begins after a connection that had been open.
    package let pauseRuns: [[Int64]]
    /// Between ends and beginnings; nil where its attempts got no answer, so that beginnings alone are compared.
    package let pausesCountFromBeginnings: Bool
    /// How long connections lasted that were lost, where all lasted as long as each other.
    package private(set) var regularLifetime: Int64?
    /// What became of the session from connection to connection.
    package var continuity = Continuity()

    init(_ client: IPAddress, url: String?, _ links: [Link], isAmbiguous: Bool, words: [String]) {
        self.client = client
        self.url = url
        self.links = links
        self.isAmbiguous = isAmbiguous
        server = links[links.count - 1].server
        let pauses = Pauses(links)
        backOff = BackOff(pauses.runs)
        pauseRuns = pauses.runs
        pausesCountFromBeginnings = pauses.countFromBeginnings
        losses = Self.endings(of: links.filter { $0.fate == .lost }, words)
        failures = Self.endings(of: links.filter { $0.fate == .failed }, words)
        measureOutages()
        regularLifetime = Self.regularLifetime(of: links)
    }

    package var openedCount: Int { links.count { $0.opened != nil } }
    package var failedCount: Int { links.count { $0.fate == .failed } }
    package var lossCount: Int { links.count { $0.fate == .lost } }
    /// Somebody lost a connection or failed to get one, and tried again.
    package var isStory: Bool { links.dropLast().contains(where: \.isBroken) }
    package var start: Int64 { links[0].start }
    /// When it was known last that the client still wants to be connected.
    package var end: Int64 { links.reduce(.min) { max($0, $1.end) } }
    package var cutOff: Int64 { outages.reduce(0, +) }
    package var connections: [UInt64] { links.lazy.map(\.number).filter { $0 > 0 } }

    /// Removes what was said on the wire: of a refusal, the reason.
    package mutating func hideWords() {
        for place in failures.indices where failures[place].words.hasPrefix(Self.refusal) {
            failures[place].words = String(failures[place].words.prefix(Self.refusal.count + 3))
        }
    }

    private static let refusal = "refused: "

    // MARK: Making

    private mutating func measureOutages() {
        for link in links {
            if let since = cutOffSince, let opened = link.opened {
                outages.append(max(0, opened &- since))
                cutOffSince = nil
            }
            switch link.fate {
            case .lost: cutOffSince = link.end
            case .left, .open: cutOffSince = nil
            case .failed: break
            }
        }
    }

    private static func endings(of links: [Link], _ words: [String]) -> [Ending] {
        var places: [Int32: Int] = [:]
        var endings: [Ending] = []
        for link in links {
            if let place = places[link.ending] {
                endings[place].count += 1
            } else {
                places[link.ending] = endings.count
                endings.append(Ending(words: words[Int(link.ending)], count: 1, by: link.by))
            }
        }
        return endings.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(\.element)
    }

    /// As long as each other within 2 %, a second at most, and not over at once.
    private static func regularLifetime(of links: [Link]) -> Int64? {
        let times = links.compactMap { link in link.fate == .lost ? link.opened.map { max(0, link.end &- $0) } : nil }.sorted()
        guard times.count >= 3, let least = times.first, let most = times.last, most >= 1_000_000_000 else { return nil }
        return most - least <= min(most / 50, 1_000_000_000) ? times[times.count / 2] : nil
    }
}

/// How long a client waited before each attempt.
struct Pauses {
    private(set) var runs: [[Int64]] = []
    private(set) var countFromBeginnings = false

    /// So soon after each other that a client tries the addresses of a server in turn, and has not waited.
    private static let sameAttempt: Int64 = 50_000_000

    init(_ links: [Link]) {
        let broken = links.dropLast().filter(\.isBroken)
        // When nobody answers, a client gives up after a time of its own, which no packet shows.
        countFromBeginnings = broken.count { $0.isUnanswered } * 2 > broken.count
        var run: [Int64] = []
        for (link, next) in zip(links, links.dropFirst()) {
            guard link.isBroken else {
                end(&run)
                continue
            }
            if link.fate == .lost { end(&run) }
            if link.fate == .failed, link.server != next.server, next.start &- link.end <= Self.sameAttempt { continue }
            if countFromBeginnings {
                if link.isUnanswered { run.append(max(0, next.start &- link.start)) } else { end(&run) }
            } else if link.isUnanswered {
                end(&run)
            } else {
                // What belongs to the end may still come when the next has begun.
                run.append(max(0, next.start &- (link.over <= next.start ? link.over : link.end)))
            }
        }
        end(&run)
    }

    private mutating func end(_ run: inout [Int64]) {
        if !run.isEmpty { runs.append(run) }
        run = []
    }
}
