import Bytes
import Streams
import WebSocket

/// What many frames add up to: by kind, by size and over time.
package struct FrameFigures: Sendable {
    /// Frames that were counted.
    package private(set) var count = 0
    /// By side and opcode.
    package private(set) var frames = [[UInt64]](repeating: [UInt64](repeating: 0, count: 16), count: 2)
    /// Application bytes, by side and opcode of the message.
    package private(set) var messageBytes = [[UInt64]](repeating: [UInt64](repeating: 0, count: 16), count: 2)
    /// By side and captured bytes of the payload: place 0 is no byte, place n sizes below 2^n.
    package private(set) var sizes = [[Int]](repeating: [Int](repeating: 0, count: 34), count: 2)
    package private(set) var overTime = [TimeHistogram](repeating: TimeHistogram(), count: 2)
    package private(set) var bytesOverTime = [TimeHistogram](repeating: TimeHistogram(), count: 2)
    /// Of both sides together.
    package private(set) var busiest = (frames: BusiestSecond(), bytes: BusiestSecond())
    /// From ping to pong, in nanoseconds, one after another, to be plotted.
    package private(set) var roundTrips: [Int64] = []
    private var roundTripTimes = Durations()
    /// Of compressed messages, the bytes before and after.
    package private(set) var inflatedByteCount: UInt64 = 0
    package private(set) var deflatedByteCount: UInt64 = 0

    /// Of so many round trips one is kept, all through the capture.
    private var roundTripStride = 1
    /// Those that are not kept before the next that is.
    private var skippedRoundTripCount = 0

    /// Round trips that are kept; when there are as many, every second one is dropped, and from then on every second one kept.
    private static let roundTripLimit = 65_536

    package init() {}

    /// Counts a frame.
    /// - Parameter length: captured bytes of the payload, as they were sent.
    package mutating func add(_ opcode: Opcode, from side: Side, length: UInt64, at time: Timestamp) {
        count += 1
        let (side, opcode) = (side.rawValue, Int(opcode.rawValue))
        frames[side][opcode] += 1
        sizes[side][64 - length.leadingZeroBitCount > 33 ? 33 : 64 - length.leadingZeroBitCount] += 1
        overTime[side].add(1, at: time)
        bytesOverTime[side].add(length, at: time)
        busiest.frames.add(1, at: time)
        busiest.bytes.add(length, at: time)
    }

    /// Counts what a message carries.
    /// - Parameters:
    ///   - opcode: of its first frame.
    ///   - length: application bytes, as far as they were captured.
    package mutating func addMessage(_ opcode: Opcode, from side: Side, length: UInt64) {
        messageBytes[side.rawValue][Int(opcode.rawValue)] &+= length
    }

    /// Application bytes of all messages.
    package var messageByteCount: UInt64 { messageBytes.joined().reduce(0, &+) }

    /// Counts what compression made of a message, of which no byte is missing.
    /// - Parameters:
    ///   - wireLength: bytes of the payloads of all its frames.
    ///   - length: bytes of its content.
    package mutating func addCompressed(wireLength: UInt64, length: UInt64) {
        deflatedByteCount += wireLength
        inflatedByteCount += length
    }

    /// What is to be said of round trips, in nanoseconds.
    package struct RoundTrips: Equatable {
        package var count: UInt64
        package var minimum: Int64
        package var median: Int64
        /// What 99 % of them do not exceed.
        package var longForMost: Int64
        package var maximum: Int64
    }

    package var roundTripFigures: RoundTrips? {
        guard let median = roundTripTimes.median, let longForMost = roundTripTimes.quantile(permille: 990) else { return nil }
        return RoundTrips(
            count: roundTripTimes.count, minimum: roundTripTimes.minimum, median: median, longForMost: longForMost,
            maximum: roundTripTimes.maximum)
    }

    /// Takes the time from a ping to its pong, in nanoseconds.
    package mutating func add(roundTrip: Int64) {
        roundTripTimes.add(roundTrip)
        guard skippedRoundTripCount == 0 else { return skippedRoundTripCount -= 1 }
        if roundTrips.count >= Self.roundTripLimit {
            // The last is one of those that are dropped, so that this one follows at the new distance.
            roundTrips = stride(from: 0, to: roundTrips.count, by: 2).map { roundTrips[$0] }
            roundTripStride *= 2
        }
        skippedRoundTripCount = roundTripStride - 1
        roundTrips.append(roundTrip)
    }
}
