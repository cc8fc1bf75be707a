import Bytes

/// The unit that an interface's timestamps count, as the option if_tsresol writes it.
///
///      0 1 2 3 4 5 6 7
///     +-+-------------+
///     |B|  exponent   |    B = 0: 10^-exponent seconds, B = 1: 2^-exponent seconds
///     +-+-------------+
///
/// draft-ietf-opsawg-pcapng, Interface Description Block, if_tsresol.
public struct TimestampResolution: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Also what counts when the option is missing.
    public static let microseconds = TimestampResolution(rawValue: 6)
    public static let nanoseconds = TimestampResolution(rawValue: 9)

    public var isBinary: Bool { rawValue & 0x80 != 0 }
    public var exponent: Int { Int(rawValue & 0x7F) }

    /// Digits that show the unit: 6 down to a microsecond, 9 for anything finer.
    public var fractionDigits: UInt8 {
        // 2^-19 s is 1.9 µs, 2^-20 s is 0.95 µs.
        exponent <= (isBinary ? 19 : 6) ? 6 : 9
    }
}

/// Turns an interface's ticks into nanoseconds since 1970, saturating where `Timestamp` cannot go.
struct InterfaceClock {
    /// Nanoseconds in a tick when that is all there is to it, otherwise 0.
    private let nanosecondsPerTick: UInt64
    private let resolution: TimestampResolution
    private let secondsOffset: Int64

    init(_ resolution: TimestampResolution, secondsOffset: Int64 = 0) {
        self.resolution = resolution
        self.secondsOffset = secondsOffset
        let isPlain = !resolution.isBinary && resolution.exponent <= 9 && secondsOffset == 0
        nanosecondsPerTick = isPlain ? Self.powerOfTen(9 - resolution.exponent) : 0
    }

    @inline(__always)
    func time(_ ticks: UInt64) -> Timestamp {
        let (nanoseconds, overflows) = ticks.multipliedReportingOverflow(by: nanosecondsPerTick)
        if nanosecondsPerTick != 0, !overflows, let fitting = Int64(exactly: nanoseconds) {
            return Timestamp(nanoseconds: fitting)
        }
        return slowTime(ticks)
    }

    @inline(never)
    private func slowTime(_ ticks: UInt64) -> Timestamp {
        // No product here exceeds 2^95, so nothing overflows before the clamp.
        let exponent = resolution.exponent
        var nanoseconds =
            if resolution.isBinary {
                (Int128(ticks) * 1_000_000_000) >> Int128(exponent)
            } else if exponent <= 9 {
                Int128(ticks) * Int128(Self.powerOfTen(9 - exponent))
            } else if exponent <= 28 {
                Int128(ticks / Self.powerOfTen(exponent - 9))
            } else {
                Int128(0)  // 2^64 ticks of 10^-29 s are less than a nanosecond
            }
        nanoseconds += Int128(secondsOffset) * 1_000_000_000
        return Timestamp(nanoseconds: Int64(clamping: nanoseconds))
    }

    /// 10^`exponent`, for 0...19.
    private static func powerOfTen(_ exponent: Int) -> UInt64 {
        var power: UInt64 = 1
        for _ in 0..<exponent { power *= 10 }
        return power
    }
}

extension Timestamp {
    /// True for the first and the last instant, which is where an `InterfaceClock` stops.
    var isSaturated: Bool { nanoseconds == .max || nanoseconds == .min }
}
