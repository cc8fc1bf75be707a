import Foundation

/// Random numbers that a seed repeats (SplitMix64), so that a failure can be run again.
public struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    public init(_ seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    public mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// Changes, takes out, doubles or cuts off bytes, each of so many times in one place.
    public mutating func damage(_ bytes: inout [UInt8], times: ClosedRange<Int>) {
        for _ in 0..<Int.random(in: times, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<4, using: &self) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &self)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &self)], at: place)
            default: bytes.removeLast(bytes.count - place)
            }
        }
    }

    /// The same ones in every run, so that what fails fails again; with `WSRAY_SEEDS=50` in the environment, 50 more that nobody has tried.
    ///
    /// As arguments of a test they are printed with a failure. Those that found something are kept.
    public static let seeds: [UInt64] = Array(1...6) + [503_102_440, 1_585_326_974, 1_708_053_402, 3_952_070_262, 1_291_323_972] + newSeeds

    /// For a test that takes its time: one, and what `WSRAY_SEEDS` asks for.
    public static let oneSeed: [UInt64] = [7] + newSeeds

    private static let newSeeds: [UInt64] = {
        let count = ProcessInfo.processInfo.environment["WSRAY_SEEDS"].flatMap { Int($0) } ?? 0
        return (0..<max(0, count)).map { _ in .random(in: 1_000...UInt64(UInt32.max)) }
    }()
}
