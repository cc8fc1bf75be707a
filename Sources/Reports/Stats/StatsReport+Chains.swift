import Bytes
import Chains
import Packets
import WebSocket

// Chains and storms, for tools.
extension StatsReport {
    /// Connections of a chain that are listed, and pauses.
    private static let listLimit = 1_000

    mutating func append(_ figures: ChainFigures) {
        output.append(json: #","chains":["#)
        for (index, chain) in figures.chains.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(chain)
        }
        output.append(json: #"],"storms":["#)
        for (index, storm) in figures.storms.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(storm)
        }
        output.append(json: "]")
        if figures.overlookedCount > 0 { output.append(#","chainsOverlooked":"#, figures.overlookedCount) }
    }

    private mutating func append(_ chain: Chain) {
        output.append(#"{"client":"#, string: chain.client.description)
        append(#","server":{"address":"#, chain.server)
        if let url = chain.url { output.append(#","url":"#, string: url) }
        append(#","time":""#, moment: chain.start)
        append(#","duration":"#, seconds: chain.end &- chain.start)
        let numbers = chain.connections
        output.append(json: #","connections":"#)
        output.append(jsonArray: numbers.prefix(Self.listLimit)) { $0.append(decimal: $1) }
        if numbers.count > Self.listLimit { output.append(#","connectionsOmitted":"#, UInt64(numbers.count - Self.listLimit)) }
        output.append(#","opened":"#, UInt64(chain.openedCount))
        output.append(#","failed":"#, UInt64(chain.failedCount))
        output.append(#","lost":"#, UInt64(chain.lossCount))
        append(#","cutOff":{"count":"#, outagesOf: chain)
        append(#","losses":["#, chain.losses)
        append(#","failures":["#, chain.failures)
        if let lifetime = chain.regularLifetime { append(#","lifetime":"#, seconds: lifetime) }
        append(pausesOf: chain)
        append(chain.backOff)
        append(chain.continuity)
        if chain.isAmbiguous { output.append(#","ambiguous":"#, true) }
        output.append(json: "}")
    }

    private mutating func append(_ key: StaticString, outagesOf chain: Chain) {
        output.append(key, UInt64(chain.outages.count))
        append(#","total":"#, seconds: chain.cutOff)
        append(#","longest":"#, seconds: chain.outages.max() ?? 0)
        if let since = chain.cutOffSince { append(#","since":""#, moment: since) }
        output.append(json: "}")
    }

    private mutating func append(_ key: StaticString, _ endings: [Chain.Ending]) {
        output.append(json: key)
        for (index, ending) in endings.enumerated() {
            output.append(index == 0 ? #"{"text":"# : #",{"text":"#, string: ending.words)
            output.append(#","count":"#, UInt64(ending.count))
            if let side = ending.by { output.append(#","by":"#, side.name) }
            output.append(json: "}")
        }
        output.append(json: "]")
    }

    private mutating func append(pausesOf chain: Chain) {
        output.append(json: #","pauses":["#)
        var count = 0
        for (index, run) in chain.pauseRuns.enumerated() where count < Self.listLimit {
            output.append(json: index == 0 ? "[" : ",[")
            for (place, pause) in run.prefix(Self.listLimit - count).enumerated() {
                if place > 0 { output.append(json: ",") }
                TimeText.appendSeconds(pause, to: &output)
            }
            count += run.count
            output.append(json: "]")
        }
        output.append(json: "]")
        if count > Self.listLimit || chain.pauseRuns.count > Self.listLimit { output.append(#","pausesOmitted":"#, true) }
        if chain.pausesCountFromBeginnings { output.append(#","pausesFromBeginnings":"#, true) }
    }

    private mutating func append(_ rule: BackOff) {
        output.append(#","backOff":{"rule":"#, string: rule.name)
        switch rule {
        case .tooFew, .unknown: break
        case .immediate(let longest): append(#","most":"#, seconds: longest)
        case .fixed(let pause), .first(let pause, _): append(#","pause":"#, seconds: pause)
        case .about(let least, let most):
            append(#","least":"#, seconds: least)
            append(#","most":"#, seconds: most)
        case .exponential(let first, let factor, let cap):
            append(#","first":"#, seconds: first)
            append(#","factor":"#, factor: factor)
            if let cap { append(#","cap":"#, seconds: cap) }
        case .jittered(let jitter, let factor, let least, let most):
            if case .from(let percent) = jitter {
                output.append(#","fromPercent":"#, UInt64(percent))
            } else {
                output.append(#","jitter":"#, string: "full")
            }
            append(#","factor":"#, factor: factor)
            append(#","least":"#, seconds: least)
            append(#","most":"#, seconds: most)
        case .growing(let first, let last):
            append(#","first":"#, seconds: first)
            append(#","most":"#, seconds: last)
        }
        output.append(json: "}")
    }

    private mutating func append(_ continuity: Continuity) {
        if let name = continuity.protocolName {
            output.append(#","session":{"protocol":"#, string: name)
            output.append(#","reconnects":"#, UInt64(continuity.knownCount))
            output.append(#","resumed":"#, UInt64(continuity.resumedCount))
            output.append(#","denied":"#, UInt64(continuity.deniedCount))
            output.append(#","subscriptions":"#, UInt64(continuity.subscriptionCount))
            output.append(#","repeated":"#, UInt64(continuity.repeatedCount))
            output.append(json: "}")
        }
        guard let name = continuity.numberName else { return }
        output.append(#","messages":{"number":"#, string: name)
        output.append(#","reconnects":"#, UInt64(continuity.numberedCount))
        output.append(#","missing":"#, continuity.missingCount)
        output.append(#","again":"#, continuity.againCount)
        output.append(#","restarted":"#, UInt64(continuity.restartedCount))
        output.append(json: "}")
    }

    private mutating func append(_ storm: Storm) {
        append(#"{"server":{"address":"#, storm.server)
        append(#","time":""#, moment: storm.start)
        append(#","duration":"#, seconds: storm.end &- storm.start)
        output.append(#","lost":"#, UInt64(storm.lossCount))
        output.append(#","clients":"#, UInt64(storm.clientCount))
        output.append(#","text":"#, string: storm.ending)
        output.append(#","returned":"#, UInt64(storm.returnCount))
        append(#","back":"#, seconds: storm.duration)
        output.append(#","attempts":"#, UInt64(storm.attemptCount))
        output.append(#","failed":"#, UInt64(storm.failureCount))
        append(#","peak":{"time":""#, moment: storm.peakStart)
        output.append(#","count":"#, UInt64(storm.peakCount))
        output.append(json: "}")
        append(storm.backOff)
        output.append(json: "}")
    }

    // MARK: Values

    private mutating func append(_ key: StaticString, seconds nanoseconds: Int64) {
        output.append(json: key)
        TimeText.appendSeconds(max(0, nanoseconds), to: &output)
    }

    /// - Parameter key: with the quote before the time.
    private mutating func append(_ key: StaticString, moment nanoseconds: Int64) {
        output.append(json: key)
        time.append(Timestamp(nanoseconds: nanoseconds), digits: 6, to: &output)
        output.append(json: "\"")
    }

    private mutating func append(_ key: StaticString, factor: Double) {
        output.append(json: key)
        output.append(string: BackOff.shown(factor))
    }
}
