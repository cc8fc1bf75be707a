import Bytes
import Statistics

/// Amounts side by side as one bar.
struct Bar {
    /// What a part of the bar stands for, and how it looks with and without characters beyond ASCII.
    struct Part {
        var name: StaticString
        var sign: StaticString
        var plainSign: StaticString
        var ink: Ink
    }

    /// The parts of what is on the wire, from what is wanted to what is not.
    static let parts = [
        Part(name: "payload", sign: "█", plainSign: "#", ink: .good),
        Part(name: "frame headers", sign: "▓", plainSign: "+", ink: .client),
        Part(name: "handshake", sign: "▒", plainSign: "h", ink: .server),
        Part(name: "TCP/IP", sign: "░", plainSign: ".", ink: .plain),
    ]

    /// The amounts of those parts: control frames are payload here, what was sent twice is TCP's, and what is neither is left out.
    static func amounts(_ cost: SideCost) -> [UInt64] {
        [
            cost.payloadBytes + cost.controlBytes, cost.headerBytes + cost.keyBytes, cost.handshakeBytes + cost.otherBytes,
            cost.transportBytes + cost.repeatedBytes,
        ]
    }

    /// How many of `width` columns each part gets: all of them together, and none that is not there at all.
    static func columns(_ amounts: [UInt64], width: Int) -> [Int] {
        let total = amounts.reduce(0.0) { $0 + Double($1) }
        guard total > 0, width > 0 else { return amounts.map { _ in 0 } }
        let exact = amounts.map { Double($0) / total * Double(width) }
        var columns = exact.map { Int($0) }
        // The largest remainders get what rounding left over.
        let order = exact.indices.sorted { exact[$0] - exact[$0].rounded(.down) > exact[$1] - exact[$1].rounded(.down) }
        for index in order.prefix(max(0, width - columns.reduce(0, +))) { columns[index] += 1 }
        return columns
    }

    static func write(_ amounts: [UInt64], width: Int, to output: inout ByteBuffer, _ palette: Palette) {
        for (part, count) in zip(parts, columns(amounts, width: width)) where count > 0 {
            palette.begin(part.ink, in: &output)
            for _ in 0..<count { output.append(palette.isASCII ? part.plainSign : part.sign) }
            palette.end(part.ink, in: &output)
        }
    }

    /// One amount as a bar of up to `width` columns, where `whole` would be all of them; never nothing for something.
    static func single(_ amount: UInt64, of whole: UInt64, width: Int, _ palette: Palette) -> String {
        guard amount > 0, whole > 0 else { return "" }
        let share = min(1, Double(amount) / Double(whole))
        if palette.isASCII { return String(repeating: "#", count: max(1, Int((share * Double(width)).rounded()))) }
        let eighths = max(1, Int((share * Double(width) * 8).rounded()))
        let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        return String(repeating: "█", count: eighths / 8) + rest
    }
}
