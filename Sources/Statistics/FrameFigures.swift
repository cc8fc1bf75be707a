import Bytes
import Streams
import WebSocket

/// What many frames add up to: by kind, by size and over time.
package struct FrameFigures: Sendable {
    /// Frames that were counted.
    package private(set) var count = 0
    /// By side and opcode.
    package private(set) var frames = [[UInt64]](repeating: [UInt64](repeating: 0, count: 16), count: 2)
    package private(set) var bytes = [[UInt64]](repeating: [UInt64](repeating: 0, count: 16), count: 2)
    /// By side and size: place 0 is no byte, place n sizes below 2^n.
    package private(set) var sizes = [[Int]](repeating: [Int](repeating: 0, count: 34), count: 2)
    package private(set) var overTime = [TimeHistogram](repeating: TimeHistogram(), count: 2)
    package private(set) var bytesOverTime = [TimeHistogram](repeating: TimeHistogram(), count: 2)
    /// Of both sides together.
    package private(set) var busiest = (frames: BusiestSecond(), bytes: BusiestSecond())
    /// From ping to pong.
    package private(set) var roundTripTimes = Durations()
    /// The same in nanoseconds, one after another, to be plotted.
    package private(set) var roundTrips: [Int64] = []
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
    /// - Parameters:
    ///   - opcode: of a continuation, that of its message.
    ///   - length: bytes of the payload, or of the content that it ends.
    ///   - content: bytes of the application in it; nil where that is its length.
    package mutating func add(_ opcode: Opcode, from side: Side, length: UInt64, content: UInt64? = nil, at time: Timestamp) {
        count += 1
        let (side, opcode) = (side.rawValue, Int(opcode.rawValue))
        frames[side][opcode] += 1
        bytes[side][opcode] += content ?? length
        sizes[side][64 - length.leadingZeroBitCount > 33 ? 33 : 64 - length.leadingZeroBitCount] += 1
        overTime[side].add(1, at: time)
        bytesOverTime[side].add(content ?? length, at: time)
        busiest.frames.add(1, at: time)
        busiest.bytes.add(content ?? length, at: time)
    }

    /// Counts what compression made of a message, of which no byte is missing.
    /// - Parameters:
    ///   - wireLength: bytes of the payloads of all its frames.
    ///   - length: bytes of its content.
    package mutating func addCompressed(wireLength: UInt64, length: UInt64) {
        deflatedByteCount += wireLength
        inflatedByteCount += length
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
