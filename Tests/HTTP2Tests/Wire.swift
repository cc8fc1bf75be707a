import Bytes
import Channels

@testable import HTTP2

/// Frames as they go over the wire.
enum Wire {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    static func frame(_ type: FrameType, _ stream: UInt32 = 0, flags: UInt8 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        number(payload.count, bytes: 3) + [type.rawValue, flags] + number(Int(stream), bytes: 4) + payload
    }

    static func number(_ value: Int, bytes: Int) -> [UInt8] {
        (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    static func settings(_ pairs: [(Setting, Int)] = []) -> [UInt8] {
        frame(.settings, pairs.flatMap { number(Int($0.rawValue), bytes: 2) + number($1, bytes: 4) })
    }

    private static func frame(_ type: FrameType, _ payload: [UInt8]) -> [UInt8] { frame(type, 0, flags: 0, payload) }

    static func data(_ stream: UInt32, _ text: String, padding: Int? = nil, ends: Bool = false) -> [UInt8] {
        var payload = Array(text.utf8)
        var flags: UInt8 = ends ? 1 : 0
        if let padding {
            flags |= 8
            payload.insert(UInt8(padding), at: 0)
            payload += [UInt8](repeating: 0, count: padding)
        }
        return frame(.data, stream, flags: flags, payload)
    }

    /// Literal fields; those of `indexed` are added to the table.
    static func block(_ fields: [(String, String)], indexed: Bool = false) -> [UInt8] {
        var block: [UInt8] = []
        for (name, value) in fields {
            block += [indexed ? 0x40 : 0x00, UInt8(name.utf8.count)]
            block += name.utf8
            block.append(UInt8(value.utf8.count))
            block += value.utf8
        }
        return block
    }

    static func headers(_ stream: UInt32, _ block: [UInt8], ends: Bool = false) -> [UInt8] {
        frame(.headers, stream, flags: 4 | (ends ? 1 : 0), block)
    }
}

/// A session and, as lines, what it said.
struct Listener {
    let session: HTTP2Session
    private(set) var lines: [String] = []
    /// Where parts stand that it located, in all that was sent.
    private(set) var covered = Pair<[Range<Int>]>(fromLow: [], fromHigh: [])
    private(set) var texts: [(direction: Direction, text: FieldBlock.Text)] = []
    private var pending = Pair<[UInt8]>(fromLow: [], fromHigh: [])
    private var taken = Pair<Int>(fromLow: 0, fromHigh: 0)

    init(isFromBeginning: Bool = true) { session = HTTP2Session(HTTP2Limits(), isFromBeginning: isFromBeginning) }

    mutating func take(_ bytes: [UInt8], from direction: Direction) {
        pending[direction] += bytes
        var output = LayerOutput()
        let input = pending[direction]
        let taken = session.take(input.span, from: direction, into: &output)
        note(output, input)
        self.taken[direction] += taken
        pending[direction].removeFirst(taken)
    }

    private mutating func cover(_ range: Range<Int>, _ direction: Direction) {
        guard !range.isEmpty else { return }
        covered[direction].append(taken[direction] + range.lowerBound..<taken[direction] + range.upperBound)
    }

    mutating func noteGap(_ count: UInt64, from direction: Direction) {
        pending[direction] = []
        var output = LayerOutput()
        session.noteGap(.exact(count), from: direction, into: &output)
        note(output, [])
    }

    mutating func finish() {
        for direction in Direction.allCases where session.conclude(from: direction) { take([], from: direction) }
        var output = LayerOutput()
        session.finish(into: &output)
        note(output, [])
    }

    private mutating func note(_ output: borrowing LayerOutput, _ input: [UInt8]) {
        for action in output.actions {
            switch action {
            case .deliver(let range, _, _, let stream, let direction):
                cover(range, direction)
                let start = "\(stream ?? 0) \(Self.arrow(direction)) "
                let text = String(decoding: input[range], as: UTF8.self)
                // Pieces of one stream are one text.
                if let last = lines.last, last.hasPrefix(start + "\"") {
                    lines[lines.count - 1] = last.dropLast() + text + "\""
                } else {
                    lines.append(start + "\"" + text + "\"")
                }
            case .gap(let gap, let stream, let direction): lines.append("\(stream ?? 0) \(Self.arrow(direction)) lacks \(gap)")
            case .head(let section, _, let stream, let direction):
                lines.append("\(stream) \(Self.arrow(direction)) head \(section.lines.joined(separator: ", "))")
            case .end(let stream, let direction, let abort, _):
                lines.append("\(stream ?? 0) \(Self.arrow(direction)) end\(abort.map { " \($0.carrier) \($0.name)" } ?? "")")
            case .drain(let stream, let direction): lines.append("\(stream) \(Self.arrow(direction)) drains")
            case .warn(let abort, let stream, let direction):
                lines.append("\(stream ?? 0) \(Self.arrow(direction)) \(abort.carrier) \(abort.name)")
            case .stall(let isStalled, let stream, let direction):
                lines.append("\(stream ?? 0) \(Self.arrow(direction)) \(isStalled ? "stalls" : "goes on")")
            case .oddity(let oddity, let stream, let direction):
                lines.append("\(stream) \(Self.arrow(direction)) \(oddity.kind)")
            case .giveUp: lines.append("gave up")
            case .part(.structure(let range), let direction): cover(range, direction)
            case .part(.block(let block), let direction):
                for range in block.ranges { cover(range, direction) }
                for text in block.moved(by: taken[direction]).texts { texts.append((direction, text)) }
            case .resume: break
            }
        }
    }

    private static func arrow(_ direction: Direction) -> String { direction == .fromLow ? "→" : "←" }
}
