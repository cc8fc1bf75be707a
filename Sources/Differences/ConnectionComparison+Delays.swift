import Bytes
import Inspection
import WebSocket

extension ConnectionComparison {
    private struct Sample {
        /// B's time without A's.
        var difference: Int64
        var locations: (a: FoundDifference.Location, b: FoundDifference.Location)
    }

    private func samples(of side: Side) -> [Sample] {
        let (left, right) = (a[side], b[side])
        let found = pairs.first { $0.side == side }?.pairs ?? []
        return found.map { pair in
            Sample(
                difference: right[pair.b].time.nanoseconds(since: left[pair.a].time),
                locations: (location(of: left[pair.a], in: a), location(of: right[pair.b], in: b)))
        }
    }

    // MARK: Through a proxy

    /// Measures how much later messages were at the side farther from their sender.
    mutating func measureDelays() {
        var fromClient = samples(of: .client)
        // What the server sent is in B first.
        var fromServer = samples(of: .server).map { Sample(difference: 0 &- $0.difference, locations: $0.locations) }
        var request = b.connection.time.nanoseconds(since: a.connection.time)
        var response: Int64?
        if let one = a.connection.responseTime, let other = b.connection.responseTime { response = one.nanoseconds(since: other) }
        if result.isReversed {
            fromClient = fromClient.map { Sample(difference: 0 &- $0.difference, locations: $0.locations) }
            fromServer = fromServer.map { Sample(difference: 0 &- $0.difference, locations: $0.locations) }
            (request, response) = (0 &- request, response.map { 0 &- $0 })
        }
        let ahead = clockDifference(
            fromClient.map(\.difference) + [request], fromServer.map(\.difference) + (response.map { [$0] } ?? []))
        result.clock = ahead == 0 ? .same : .ahead(result.isReversed ? 0 &- ahead : ahead)
        result.requestDelay = request &- ahead
        result.responseDelay = response.map { $0 &+ ahead }
        result.fromClient = Self.figures(fromClient, without: ahead)
        result.fromServer = Self.figures(fromServer, without: 0 &- ahead)
        guard options.compares(.delay) else { return }
        addLate(fromClient, .client)
        addLate(fromServer, .server)
    }

    /// How far the clock of the farther side is ahead: 0 if nothing came before it was sent; else what makes the quickest message equally
    /// quick in both directions.
    private mutating func clockDifference(_ there: [Int64], _ back: [Int64]) -> Int64 {
        guard !options.hasSameClock, let out = there.min(), let home = back.min() else { return 0 }
        // Timestamps of two interfaces may be a little out of order.
        let tolerance: Int64 = 1_000_000
        if out >= -tolerance, home >= -tolerance { return 0 }
        // No clocks make there and back take less than no time.
        result.isImpossible = out / 2 &+ home / 2 < -tolerance
        return out / 2 &- home / 2
    }

    private static func figures(_ samples: [Sample], without ahead: Int64) -> ConnectionDifference.Delays? {
        guard let worst = samples.max(by: { $0.difference < $1.difference }) else { return nil }
        let sorted = samples.map { $0.difference &- ahead }.sorted()
        return ConnectionDifference.Delays(
            count: sorted.count, minimum: sorted[0], median: sorted[sorted.count / 2],
            percentile95: sorted[min(sorted.count - 1, sorted.count * 95 / 100)], maximum: sorted[sorted.count - 1],
            worst: (worst.locations.a.frame, worst.locations.b.frame))
    }

    private static func median(_ values: [Int64]) -> Int64 { values.isEmpty ? 0 : values.sorted()[values.count / 2] }

    private mutating func addLate(_ samples: [Sample], _ side: Side) {
        let usual = Self.median(samples.map(\.difference))
        let limit = options.lateness ?? 100_000_000
        for sample in samples where sample.difference &- usual >= limit {
            var found = FoundDifference(.late, side)
            found.delay = sample.difference &- usual
            found.locations = [(sample.locations.a, sample.locations.b)]
            add(found)
        }
    }

    // MARK: Between runs

    /// Compares how long messages were waited for: answers since their requests, others since the message before them.
    mutating func comparePauses() {
        let limit = options.lateness ?? 1_000_000_000
        for (side, pairs) in pairs {
            let (left, right) = (a[side], b[side])
            for pair in pairs {
                let (one, other) = (left[pair.a], right[pair.b])
                guard !one.opcode.isControl else { continue }
                let before = one.latency ?? one.pause
                let after = other.latency ?? other.pause
                guard (after &- before).magnitude >= limit.magnitude, after > before || options.countsSooner else { continue }
                var found = FoundDifference(.late, side)
                found.subject = name(of: one, in: captureA)
                found.delay = after &- before
                found.remark = after > before ? nil : "sooner"
                found.likeness = after > before ? 0 : 1
                found.locations = [(location(of: one, in: a), location(of: other, in: b))]
                add(found)
            }
        }
    }
}
