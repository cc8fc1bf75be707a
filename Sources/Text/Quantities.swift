import Bytes

/// Sizes and durations as people read them.
public enum Quantity {
    /// Sizes below this are shown to the byte.
    public static let exactByteCount: UInt64 = 100_000

    /// `42 B`, `65,536 B`, `370 kB`, `16.8 MB`: powers of 1000.
    public static func size(_ bytes: UInt64) -> String {
        if bytes < exactByteCount { return "\(count(bytes)) B" }
        return scaled(bytes, ["kB", "MB", "GB", "TB", "PB", "EB"])
    }

    /// The same without a string for what is frequent.
    public static func append(size bytes: UInt64, to buffer: inout ByteBuffer) {
        guard bytes < exactByteCount else { return buffer.append(string: size(bytes)) }
        if bytes >= 1_000 {
            buffer.append(decimal: bytes / 1_000)
            buffer.append(UInt8(ascii: ","))
            buffer.append(decimal: bytes % 1_000, width: 3)
        } else {
            buffer.append(decimal: bytes)
        }
        buffer.append(" B")
    }

    /// `0.9 ms`, `12 s`, `3 min 20 s`.
    public static func duration(_ nanoseconds: Int64) -> String {
        let sign = nanoseconds < 0 ? "-" : ""
        let value = nanoseconds.magnitude
        if value == 0 { return "0 s" }
        if value < 1_000 { return "\(sign)\(value) ns" }
        if value < 999_500_000 { return sign + rounded(value, unitsBelowSeconds) }
        if value < 59_950_000_000 { return sign + rounded(value / 1_000_000, seconds) }
        let seconds = value / 1_000_000_000 + (value % 1_000_000_000 >= 500_000_000 ? 1 : 0)
        if seconds < 3_600 { return "\(sign)\(seconds / 60) min \(seconds % 60) s" }
        return "\(sign)\(seconds / 3_600) h \(seconds / 60 % 60) min"
    }

    private static let unitsBelowSeconds = ["µs", "ms"]
    private static let seconds = ["s"]

    /// Divided by 1000 until below 1000, with one decimal below 100.
    private static func scaled(_ value: UInt64, _ units: [String]) -> String {
        var divisor: UInt64 = 1_000
        var unit = 0
        while unit + 1 < units.count, value / divisor >= 1_000 {
            divisor *= 1_000
            unit += 1
        }
        let whole = value / divisor
        let tenth = value % divisor * 10 / divisor
        return whole < 100 && tenth > 0 ? "\(whole).\(tenth) \(units[unit])" : "\(whole) \(units[unit])"
    }

    /// The same to the nearest: `4.9996 s` is 5 s, and no timer is missed for a hair.
    private static func rounded(_ value: UInt64, _ units: [String]) -> String {
        var divisor: UInt64 = 1_000
        var unit = 0
        // 999.5 is shown as 1 of the next unit.
        while unit + 1 < units.count, value + divisor / 2 >= divisor * 1_000 {
            divisor *= 1_000
            unit += 1
        }
        let tenths = (value * 10 + divisor / 2) / divisor
        guard tenths < 1_000 else { return String(joining: [String((value + divisor / 2) / divisor), " ", units[unit]]) }
        let whole = String(tenths / 10)
        return String(joining: tenths % 10 > 0 ? [whole, ".", String(tenths % 10), " ", units[unit]] : [whole, "", "", " ", units[unit]])
    }

    /// `1,723`.
    public static func count(_ number: some BinaryInteger) -> String {
        let number = UInt64(clamping: number)
        if number < 1_000 { return String(number) }
        let (thousands, rest) = number.quotientAndRemainder(dividingBy: 1_000)
        return "\(count(thousands)),\(rest < 10 ? "00" : rest < 100 ? "0" : "")\(rest)"
    }

    /// `20 bytes`, or `3 of 20 bytes` where that is not all of them.
    public static func part(_ count: UInt64, of whole: UInt64, _ noun: String) -> String {
        count == whole ? counted(whole, noun) : "\(Self.count(count)) of \(counted(whole, noun))"
    }

    /// `1 frame`, `2 frames`.
    public static func counted(_ number: some BinaryInteger, _ noun: String) -> String {
        "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
    }
}
