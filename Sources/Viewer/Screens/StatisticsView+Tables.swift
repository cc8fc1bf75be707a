import Statistics
import Text
import WebSocket

/// Kinds and sizes: both sides beside each other where that fits, otherwise the server below the client.
extension StatisticsView {
    private static let nameWidth = 15
    private static let cellWidth = 12
    private var groups: [[Side]] {
        width > Self.nameWidth + 4 * Self.cellWidth ? [Array(Side.allCases)] : Side.allCases.map { [$0] }
    }

    private func label(_ side: Side) -> String { look.spelled(side == .client ? "→ client" : "← server") }

    // MARK: Kinds

    /// As they are listed: a continuation after what it may continue.
    private static let opcodes = [1, 2, 0] + Array(3..<16)

    /// Frames by their own kind, bytes by that of their message.
    var kinds: [Line] {
        var lines = [heading("kinds of frames, bytes of messages")]
        for sides in groups {
            var titles = Line()
            titles.pad(to: Self.nameWidth)
            for side in sides {
                titles.addRight(look.spelled(side == .client ? "→ frames" : "← frames"), endingAt: titles.width + Self.cellWidth, Ink(side))
                titles.addRight("bytes", endingAt: titles.width + Self.cellWidth, Ink(side))
            }
            lines.append(titles)
            for opcode in Self.opcodes
            where sides.contains(where: { figures.frames[$0.rawValue][opcode] > 0 || figures.messageBytes[$0.rawValue][opcode] > 0 }) {
                var line = Line("  \(Opcode(rawValue: UInt8(opcode)).name)")
                line.pad(to: Self.nameWidth)
                for side in sides {
                    line.addRight(Quantity.count(figures.frames[side.rawValue][opcode]), endingAt: line.width + Self.cellWidth)
                    let bytes = figures.messageBytes[side.rawValue][opcode]
                    // The bytes of fragments stand with the first of them.
                    let isPart = opcode == Opcode.continuation.rawValue && bytes == 0
                    line.addRight(isPart ? "" : Quantity.size(bytes), endingAt: line.width + Self.cellWidth)
                }
                lines.append(line)
            }
            var total = Line("  all")
            total.pad(to: Self.nameWidth)
            for side in sides {
                total.addRight(Quantity.count(figures.frames[side.rawValue].reduce(0, +)), endingAt: total.width + Self.cellWidth, .strong)
                let bytes = figures.messageBytes[side.rawValue].reduce(0, &+)
                total.addRight(Quantity.size(bytes), endingAt: total.width + Self.cellWidth, .strong)
            }
            lines.append(total)
        }
        return lines + [Line()]
    }

    // MARK: Sizes

    var sizes: [Line] {
        var lines = [heading("sizes of payloads, as sent")]
        let most = figures.sizes.joined().max() ?? 0
        let countWidth = Quantity.count(UInt64(most)).count + 2
        for sides in groups {
            let used = (0..<34).filter { place in sides.contains { figures.sizes[$0.rawValue][place] > 0 } }
            guard let first = used.first, let last = used.last else { continue }
            let part = plotWidth / sides.count
            var titles = Line()
            for (index, side) in sides.enumerated() {
                titles.pad(to: Self.labelWidth + index * part)
                titles.add(label(side), Ink(side))
            }
            lines.append(titles)
            for place in first...last {
                var line = Line()
                line.addRight(place == 0 ? "empty" : "< \(Quantity.size(1 << UInt64(place)))", endingAt: Self.labelWidth - 1, .dim)
                for (index, side) in sides.enumerated() {
                    line.pad(to: Self.labelWidth + index * part)
                    let count = figures.sizes[side.rawValue][place]
                    line.add(Plot.bar(count, most: most, width: part - countWidth, isASCII: look.isASCII), Ink(side))
                    if count > 0 { line.add(" \(Quantity.count(UInt64(count)))", .dim) }
                }
                lines.append(line)
            }
        }
        return lines + [Line()]
    }
}
