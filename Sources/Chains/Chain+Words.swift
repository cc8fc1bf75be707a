import Bytes
import Text

// What is said of a chain to people, a line each.
extension Chain {
    /// Ways to end that are named.
    private static let endingLimit = 3

    /// `5 connections and 9 failed attempts in 41 s`.
    package var title: String {
        var parts = [Quantity.counted(openedCount, "connection")]
        if failedCount > 0 { parts.append("\(Quantity.count(failedCount)) failed attempt\(failedCount == 1 ? "" : "s")") }
        if openedCount == 0 { parts.removeFirst() }
        return "\(parts.joined(separator: " and ")) in \(Quantity.duration(max(0, end &- start)))"
    }

    /// Each with what it is about.
    package var lines: [(label: String, text: String)] {
        var lines: [(label: String, text: String)] = []
        if let words = cutOffWords { lines.append(("cut off", words)) }
        if !losses.isEmpty { lines.append(("lost", Self.words(losses) + lifetimeWords)) }
        if !failures.isEmpty { lines.append(("failed", Self.words(failures))) }
        if let words = backOff.words { lines.append(("back-off", words + (pausesCountFromBeginnings ? Self.fromBeginnings : ""))) }
        lines += continuity.lines
        if isAmbiguous {
            lines.append(("note", "clients of this address cannot be told apart: some of it may belong to another of them"))
        }
        return lines
    }

    private static let fromBeginnings = ", from attempt to attempt, because nothing answered them"

    /// `3 times, 9.8 s in all, 4.1 s at most`.
    private var cutOffWords: String? {
        var parts: [String] = []
        if let first = outages.first, outages.count == 1 {
            parts.append("once, for \(Quantity.duration(first))")
        } else if outages.count > 1 {
            parts.append(
                "\(Self.times(outages.count)), \(Quantity.duration(cutOff)) in all, \(Quantity.duration(outages.max() ?? 0)) at most")
        }
        if let since = cutOffSince {
            let time = Quantity.duration(max(0, end &- since))
            parts.append(end > since ? "not back when last seen, \(time) later" : "not back")
        } else if openedCount == 0 {
            parts.append("never connected")
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    private var lifetimeWords: String { regularLifetime.map { "; each had been open for \(Quantity.duration($0))" } ?? "" }

    package static func times(_ count: Int) -> String { count == 1 ? "once" : count == 2 ? "twice" : "\(Quantity.count(count)) times" }

    private static func words(_ endings: [Ending]) -> String {
        var parts = endings.prefix(endingLimit).map { $0.count > 1 ? "\($0.words), \(times($0.count))" : $0.words }
        let rest = endings.dropFirst(endingLimit).reduce(0) { $0 + $1.count }
        if rest > 0 { parts.append("\(Quantity.count(rest)) otherwise") }
        return parts.joined(separator: "; ")
    }
}

extension BackOff {
    /// Nil where there is nothing to say.
    package var words: String? {
        switch self {
        case .tooFew: return nil
        case .unknown(let count): return "no rule in \(Quantity.counted(count, "pause"))"
        case .immediate(let longest): return "none: tries again within \(Quantity.duration(longest))"
        case .fixed(let pause): return "fixed: \(Quantity.duration(pause)) before each attempt"
        case .first(let pause, let count):
            return "\(Quantity.duration(pause)) each time (\(Quantity.counted(count, "pause")), none after a failed attempt)"
        case .about(let least, let most):
            return "about constant, \(Quantity.duration(least)) to \(Quantity.duration(most))"
        case .exponential(let first, let factor, let cap):
            let limit = cap.map { ", \(Quantity.duration($0)) at most" } ?? ""
            return "exponential: \(Quantity.duration(first)), \(Self.growth(factor)) each time\(limit)"
        case .jittered(let jitter, let factor, let least, let most):
            let name = if case .from(let percent) = jitter { "jitter of up to \(100 - percent) %" } else { "full jitter" }
            return "exponential with \(name): about \(Self.growth(factor)) each time, "
                + "\(Quantity.duration(least)) to \(Quantity.duration(most))"
        case .growing(let first, let last):
            return "in growing steps from \(Quantity.duration(first)) to \(Quantity.duration(last)), by no single factor"
        }
    }

    private static func growth(_ factor: Double) -> String { factor == 2 ? "doubled" : "times \(shown(factor))" }

    /// `2`, `1.5`.
    package static func shown(_ factor: Double) -> String {
        let tenths = Int((max(0, min(factor, 1_000)) * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}

extension Continuity {
    package var lines: [(label: String, text: String)] {
        var lines: [(label: String, text: String)] = []
        if let protocolName, let words = sessionWords { lines.append(("session", "\(words) (\(protocolName))")) }
        if let words = messageWords { lines.append(("messages", words)) }
        return lines
    }

    private var sessionWords: String? {
        guard knownCount > 0 else { return nil }
        var parts: [String] = []
        if resumedCount > 0 { parts.append("resumed \(Chain.times(resumedCount))") }
        if deniedCount > 0 { parts.append("asked for and not resumed \(Chain.times(deniedCount))") }
        if resumedCount + deniedCount == 0 { parts.append(knownCount == 1 ? "a new one" : "a new one each time") }
        if subscriptionCount > 0 {
            parts.append("\(Quantity.count(repeatedCount)) of \(Quantity.counted(subscriptionCount, noun)) made again")
        }
        return parts.joined(separator: ", ")
    }

    private var messageWords: String? {
        guard let numberName else {
            return knownCount > 0 ? "nothing in them tells whether any were lost in between" : nil
        }
        var parts: [String] = []
        if missingCount > 0 { parts.append("\(Quantity.count(missingCount)) lost in between") }
        if againCount > 0 { parts.append("\(Quantity.count(againCount)) sent again") }
        if restartedCount > 0 { parts.append("numbers began anew \(Chain.times(restartedCount)), so that it cannot be told") }
        if parts.isEmpty { parts.append("none lost in between") }
        return "\(parts.joined(separator: ", ")), as \"\(numberName)\" tells (\(Quantity.counted(numberedCount, "reconnect")))"
    }
}

extension Storm {
    /// `412 connections of 398 clients lost within 0.4 s (…); 410 came back within 9.2 s, 288 attempts; 40 in the busiest second`.
    package var words: String {
        let clients = clientCount == 1 ? "one client" : "\(Quantity.count(clientCount)) clients"
        var text = "\(Quantity.count(lossCount)) connections of \(clients) lost within \(Quantity.duration(max(1_000_000, end &- start)))"
        text += endingCount == lossCount ? " (\(ending)); " : " (\(Quantity.count(endingCount)) of them: \(ending)); "
        if returnCount == 0 {
            text += "none came back"
        } else {
            text += "\(returnCount == lossCount ? "all" : Quantity.count(returnCount)) came back within \(Quantity.duration(duration))"
        }
        if attemptCount > 0 {
            text += "; \(Quantity.counted(attemptCount, "attempt"))"
            if failureCount > 0 { text += ", \(Quantity.count(failureCount)) of them failed" }
            text += ", \(Quantity.count(peakCount)) in the busiest second"
        }
        if let words = backOff.words { text += "; combined back-off: \(words)" }
        return text
    }
}
