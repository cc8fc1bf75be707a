import Statistics
import Text
import WebSocket

/// Kinds and sizes: both sides beside each other where that fits, otherwise the server below the client.
extension StatisticsView {
    private static let nameWidth = 15
    private static let cellWidth = 12
    private var groups: [[Side]] {
        width > Self.nameWidth + 4 * Self.cellWidth ? [Side.allCases] : Side.allCases.map { [$0] }
    }

    private func label(_ side: Side) -> String { look.spelled(side == .client ? "→ client" : "← server") }

    // MARK: Kinds

    var kinds: [Line] {
        var lines = [heading("kinds")]
        for sides in groups {
            var titles = Line()
            titles.pad(to: Self.nameWidth)
            for side in sides {
                titles.addRight(look.spelled(side == .client ? "→ frames" : "← frames"), endingAt: titles.width + Self.cellWidth, Ink(side))
                titles.addRight("bytes", endingAt: titles.width + Self.cellWidth, Ink(side))
            }
            lines.append(titles)
            for opcode in 0..<16 where sides.contains(where: { figures.frames[$0.rawValue][opcode] > 0 }) {
                var line = Line("  \(Opcode(rawValue: UInt8(opcode)).name)")
                line.pad(to: Self.nameWidth)
                for side in sides {
                    line.addRight(Quantity.count(figures.frames[side.rawValue][opcode]), endingAt: line.width + Self.cellWidth)
                    line.addRight(Quantity.size(figures.bytes[side.rawValue][opcode]), endingAt: line.width + Self.cellWidth)
                }
                lines.append(line)
            }
        }
        return lines + [Line()]
    }

    // MARK: Sizes

    var sizes: [Line] {
        var lines = [heading("sizes of frames")]
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
