import Bytes

/// How many colours a terminal has.
public enum ColourLevel: Int, Comparable, Sendable {
    /// None: bold, dim, underline and reverse only.
    case mono
    case sixteen
    case indexed
    case full

    public static func < (a: ColourLevel, b: ColourLevel) -> Bool { a.rawValue < b.rawValue }

    /// What the environment says of the terminal; `NO_COLOR` counts when it is set and not empty (no-color.org).
    public init(variables: (String) -> String?) {
        let term = variables("TERM") ?? ""
        if !(variables("NO_COLOR") ?? "").isEmpty || term == "dumb" || term.hasSuffix("-m") || term.hasPrefix("vt") {
            self = .mono
        } else if ["truecolor", "24bit"].contains(variables("COLORTERM") ?? "") || term.hasSuffix("-direct") {
            self = .full
        } else if term.hasSuffix("256color") {
            self = .indexed
        } else {
            self = .sixteen
        }
    }
}

extension Colour {
    /// Appends the parameters of SGR (ECMA-48 §8.3.117) that choose it as far as the terminal can.
    func append(to output: inout ByteBuffer, isBackground: Bool, _ level: ColourLevel) {
        let base = isBackground ? 10 : 0
        switch self {
        case .standard: return
        case _ where level == .mono: return
        case .ansi(let number):
            output.append(UInt8(ascii: ";"))
            output.append(decimal: (number < 8 ? 30 + Int(number) : 82 + Int(number)) + base)
        case .rgb(let red, let green, let blue):
            output.append(UInt8(ascii: ";"))
            switch level {
            case .full:
                output.append(decimal: 38 + base)
                output.append(";2")
                for part in [red, green, blue] {
                    output.append(UInt8(ascii: ";"))
                    output.append(decimal: UInt64(part))
                }
            case .indexed:
                output.append(decimal: 38 + base)
                output.append(";5;")
                output.append(decimal: Self.cube(red, green, blue))
            case .sixteen, .mono: output.append(decimal: 30 + base + Self.nearest(red, green, blue))
            }
        }
    }

    /// The nearest of xterm's colours 16 to 255: a cube of six steps a part, and 24 greys.
    static func cube(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int {
        let parts = [red, green, blue].map(Int.init)
        let steps = parts.map { $0 < 48 ? 0 : $0 < 115 ? 1 : ($0 - 35) / 40 }
        let levels = steps.map { $0 == 0 ? 0 : 55 + 40 * $0 }
        let grey = max(0, min(23, (parts.reduce(0, +) / 3 - 3) / 10))
        func distance(_ other: [Int]) -> Int { zip(parts, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
        let isGrey = distance([8 + 10 * grey, 8 + 10 * grey, 8 + 10 * grey]) < distance(levels)
        return isGrey ? 232 + grey : 16 + 36 * steps[0] + 6 * steps[1] + steps[2]
    }

    /// The nearest of the eight: which parts are strong against the strongest.
    static func nearest(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int {
        let half = Int(max(red, green, blue)) * 3 / 5
        return (Int(red) > half ? 1 : 0) + (Int(green) > half ? 2 : 0) + (Int(blue) > half ? 4 : 0)
    }
}
