/// What messages would have taken without the context of those before them, estimated from a sample.
///
/// Of one side of a connection, or the sum of several.
package struct ContextCost: Equatable, Sendable {
    /// Messages that could use the context of earlier ones, and are known as a whole.
    package var messages: UInt64 = 0
    /// Their bytes, inflated and as sent.
    package var applicationBytes: UInt64 = 0
    package var wireBytes: UInt64 = 0
    /// Those of them that were compressed anew.
    package private(set) var sampled: UInt64 = 0
    /// Messages left out of all that because they are too long to keep, or not wholly known.
    package var left: UInt64 = 0

    private var sampledBytes: UInt64 = 0
    private var sampledAloneBytes: UInt64 = 0
    /// What each side's sample says about all of its messages: their bytes, and what they would take each by itself. Sides of which
    /// nothing was sampled are not in it.
    private var projectedBytes = 0.0
    private var projectedAloneBytes = 0.0

    package mutating func take(applicationBytes: UInt64, wireBytes: UInt64) {
        messages += 1
        self.applicationBytes += applicationBytes
        self.wireBytes += wireBytes
    }

    /// Takes a message of the sample, which `take` was told of.
    package mutating func sample(applicationBytes: UInt64, aloneBytes: UInt64) {
        sampled += 1
        sampledBytes += applicationBytes
        sampledAloneBytes += aloneBytes
    }

    /// Draws from the sample of one side what all its messages would take. To be done once, before it becomes part of a sum.
    package mutating func project() {
        guard sampled > 0 else { return }
        projectedBytes = Double(applicationBytes)
        // An empty message has its length, too.
        projectedAloneBytes =
            sampledBytes == 0
            ? Double(sampledAloneBytes) : Double(sampledAloneBytes) * Double(applicationBytes) / Double(sampledBytes)
    }

    /// Of all bytes of messages, how many they would take each by itself; nil where nothing was sampled.
    package var aloneShare: Double? { projectedBytes > 0 ? projectedAloneBytes / projectedBytes : nil }

    /// Takes a side of which nothing was sampled to be like the others.
    package mutating func assume(aloneShare: Double) {
        guard sampled == 0, messages > 0 else { return }
        projectedBytes = Double(applicationBytes)
        projectedAloneBytes = projectedBytes * aloneShare
    }

    package var isExact: Bool { sampled == messages }

    /// What the messages would take each by itself.
    ///
    /// Sides of which nothing was sampled are taken to be like the others.
    package var aloneBytes: UInt64 {
        if isExact || projectedBytes == 0 { return sampledAloneBytes }
        return UInt64((projectedAloneBytes * Double(applicationBytes) / projectedBytes).rounded())
    }

    /// What the context saved; below 0 where another compressor did worse with it than zlib without.
    package var savedBytes: Int64 { Int64(clamping: aloneBytes) - Int64(clamping: wireBytes) }

    package static func + (a: ContextCost, b: ContextCost) -> ContextCost {
        var sum = a
        sum.messages += b.messages
        sum.applicationBytes += b.applicationBytes
        sum.wireBytes += b.wireBytes
        sum.sampled += b.sampled
        sum.left += b.left
        sum.sampledBytes += b.sampledBytes
        sum.sampledAloneBytes += b.sampledAloneBytes
        sum.projectedBytes += b.projectedBytes
        sum.projectedAloneBytes += b.projectedAloneBytes
        return sum
    }
}

/// Decides which messages are compressed anew: all of a short capture, and of a long one so few that it takes about a tenth of the time
/// that reading the capture takes.
///
/// The same capture gives the same sample. Messages are counted off, whatever their length and whoever sent them, so that each is as
/// likely to be taken; chance keeps that out of step with messages that alternate.
package struct MessageSampling: Equatable, Sendable {
    /// Bytes that are taken before any choice is made.
    package static let wholeByteCount: UInt64 = 1 << 20
    /// What a message takes beside its bytes, in bytes: zlib is set back for each.
    package static let bytesPerMessage: UInt64 = 128
    /// Of so many messages one is taken.
    package static let interval: UInt64 = 24
    /// Of so many bytes one is taken at most, should those of the sample be far longer than others.
    private static let leastShare: UInt64 = 12

    private var all: UInt64 = 0
    private var taken: UInt64 = 0
    private var skipped: UInt64 = 0
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Whether the next message is taken.
    package mutating func takes(_ length: UInt64) -> Bool {
        let cost = length + Self.bytesPerMessage
        defer { all += cost }
        guard taken > Self.wholeByteCount else {
            taken += cost
            return true
        }
        guard skipped == 0 else {
            skipped -= 1
            return false
        }
        guard (taken - Self.wholeByteCount) * Self.leastShare <= all else { return false }
        // xorshift64 (Marsaglia 2003).
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        // On average one less than the interval.
        skipped = state % (2 * Self.interval - 1)
        taken += cost
        return true
    }
}
