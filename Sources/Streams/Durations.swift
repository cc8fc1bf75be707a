/// Minimum, median and maximum of many durations, in bounded memory.
///
/// All figures are exact for up to 64 samples. Beyond that the median, like any quantile, is the middle of its bucket, of which there are
/// sixteen for each power of two: it is then off by 1/32 (3.2 %) at most. Minimum and maximum are always exact.
public struct Durations: Sendable {
    private static let exactCount = 64
    /// Four bits of a duration, below its highest one, choose the bucket.
    private static let fractionBits = 4

    public private(set) var count: UInt64 = 0
    /// Nanoseconds; 0 while there is no sample.
    public private(set) var minimum: Int64 = 0
    public private(set) var maximum: Int64 = 0
    private var samples: [Int64] = []
    /// Made once there are too many samples to keep.
    private var buckets: [UInt32] = []
    private var frozenMedian: Int64?

    public init() {}

    /// Adds a duration in nanoseconds; one below 0, which comes from a clock that was set back, is ignored.
    public mutating func add(_ duration: Int64) {
        guard duration >= 0, frozenMedian == nil else { return }
        minimum = count == 0 ? duration : min(minimum, duration)
        maximum = max(maximum, duration)
        count += 1
        if buckets.isEmpty, samples.count < Self.exactCount { return samples.append(duration) }
        if buckets.isEmpty {
            buckets = [UInt32](repeating: 0, count: Self.bucket(of: .max) + 1)
            for sample in samples { buckets[Self.bucket(of: sample)] += 1 }
            samples = []
        }
        let place = Self.bucket(of: duration)
        if buckets[place] < .max { buckets[place] += 1 }
    }

    /// The median in nanoseconds, the lower of the two for an even number of samples; nil while there is none.
    public var median: Int64? {
        if let frozenMedian { return frozenMedian }
        guard count > 0 else { return nil }
        return sample(at: (count - 1) / 2)
    }

    /// The least duration that so many thousandths of all do not exceed (the nearest rank); nil while there is none, and once frozen.
    public func quantile(permille: UInt64) -> Int64? {
        guard count > 0, frozenMedian == nil else { return nil }
        let (whole, rest) = count.quotientAndRemainder(dividingBy: 1_000)
        let rank = whole * permille + (rest * permille + 999) / 1_000
        return sample(at: min(max(rank, 1), count) - 1)
    }

    /// The duration that has so many before it when they are in order.
    private func sample(at place: UInt64) -> Int64 {
        if buckets.isEmpty { return samples.sorted()[Int(place)] }
        var left = place
        for (place, bucket) in buckets.enumerated() {
            if left < UInt64(bucket) { return min(max(Self.middle(of: place), minimum), maximum) }
            left -= UInt64(bucket)
        }
        return maximum
    }

    /// Keeps the figures and drops what they were made from; nothing more is added.
    public mutating func freeze() {
        frozenMedian = median
        samples = []
        buckets = []
    }

    /// Each duration below 16 has a bucket of its own; those from 2^n up to 2^(n+1) share sixteen.
    private static func bucket(of duration: Int64) -> Int {
        let exponent = Int64.bitWidth - 1 - duration.leadingZeroBitCount
        guard exponent >= fractionBits else { return Int(duration) }
        let shift = exponent - fractionBits
        return shift << fractionBits + Int(truncatingIfNeeded: duration >> Int64(shift))
    }

    private static func middle(of bucket: Int) -> Int64 {
        guard bucket >= 1 << (fractionBits + 1) else { return Int64(bucket) }
        let shift = bucket >> fractionBits - 1
        let first = Int64(bucket - shift << fractionBits) << Int64(shift)
        return first + Int64(1) << Int64(shift) / 2
    }
}
