import Bytes
import Channels
import TestSupport

/// A layer like HTTP/2, made up for tests: streams beside each other, their payload lent from what was taken.
///
/// Each direction begins with four bytes. A frame is a mark of three bytes, the stream's number, a length in two bytes, and so much of
/// the stream; a frame without payload ends its stream. After a gap the next mark is looked for.
final class ThreeStreams: ByteLayer {
    /// How a gap within the payload of one frame is reported.
    enum GapReport: Sendable, CaseIterable { case exact, bounded, unknown }

    struct Factory: LayerFactory {
        var gaps = GapReport.exact
        /// Whole frames are handed over one by one.
        var hasOrdinaryUnits = false

        func recognize(_ bytes: Span<UInt8>, fromServer: Bool) -> Recognition {
            for index in 0..<min(bytes.count, preface.count) where bytes[index] != preface[index] { return .no }
            return bytes.count < preface.count ? .needsMore : .yes
        }

        func makeLayer(isFromBeginning: Bool) -> any ByteLayer { ThreeStreams(gaps, hasOrdinaryUnits: hasOrdinaryUnits) }
        func transport(over transport: String) -> String { transport == "tcp" ? "streams" : "streams+\(transport)" }
    }

    static let preface = Array("3*S\n".utf8)
    static let mark: [UInt8] = [0xA7, 0x7A, 0xE9]
    static let headerByteCount = 6

    private enum Stage {
        case preface
        case header
        /// Bytes of a frame that have not come yet.
        case payload(of: UInt64, Int)
        case searching
    }

    private let gaps: GapReport
    private let hasOrdinaryUnits: Bool
    private var stages = Pair<Stage>(fromLow: .preface, fromHigh: .preface)
    /// Numbers of streams that were heard of and have not ended.
    private var known: [UInt64: Set<Direction>] = [:]

    /// What comes of streams that are new need not be their first bytes.
    private var hasLost = false

    init(_ gaps: GapReport, hasOrdinaryUnits: Bool) {
        self.gaps = gaps
        self.hasOrdinaryUnits = hasOrdinaryUnits
    }

    var facts: LayerFacts {
        var facts = LayerFacts()
        facts.isFromBeginning = !hasLost
        return facts
    }

    func take(_ bytes: Span<UInt8>, from direction: Direction, into output: inout LayerOutput) -> Int {
        var position = 0
        while position < bytes.count {
            switch stages[direction] {
            case .preface:
                guard bytes.count - position >= Self.preface.count else { return position }
                position += Self.preface.count
                stages[direction] = .header
            case .searching:
                while bytes.count - position >= Self.mark.count, !isMark(bytes, position) { position += 1 }
                guard isMark(bytes, position) else { return position }
                stages[direction] = .header
            case .header:
                guard bytes.count - position >= Self.headerByteCount else { return position }
                guard isMark(bytes, position) else {
                    output.giveUp()
                    return position
                }
                let stream = UInt64(bytes[position + 3])
                let length = Int(bytes[position + 4]) << 8 | Int(bytes[position + 5])
                position += Self.headerByteCount
                begin(stream, length, direction, &output)
            case .payload(let stream, let left):
                let count = min(left, bytes.count - position)
                output.deliver(position..<position + count, to: stream, direction)
                position += count
                stages[direction] = count == left ? .header : .payload(of: stream, left - count)
            }
        }
        return position
    }

    func takeOrdinary(_ bytes: Span<UInt8>, from direction: Direction, into made: inout ByteBuffer) -> OrdinaryUnit? {
        guard hasOrdinaryUnits, case .header = stages[direction], bytes.count >= Self.headerByteCount, isMark(bytes, 0) else { return nil }
        let stream = UInt64(bytes[3])
        let end = Self.headerByteCount + (Int(bytes[4]) << 8 | Int(bytes[5]))
        guard end > Self.headerByteCount, end <= bytes.count else { return nil }
        if known[stream] == nil { known[stream] = [] }
        return OrdinaryUnit(byteCount: end, content: Self.headerByteCount..<end, stream: stream)
    }

    private func begin(_ stream: UInt64, _ length: Int, _ direction: Direction, _ output: inout LayerOutput) {
        if length > 0 {
            if known[stream] == nil { known[stream] = [] }
            stages[direction] = .payload(of: stream, length)
        } else {
            known[stream, default: []].insert(direction)
            if known[stream]?.count == 2 { known[stream] = nil }
            output.end(stream, direction)
        }
    }

    func noteGap(_ gap: Gap, from direction: Direction, into output: inout LayerOutput) {
        if case .payload(let stream, let left) = stages[direction], let count = gap.byteCount, count <= UInt64(left) {
            stages[direction] = count == UInt64(left) ? .header : .payload(of: stream, left - Int(count))
            let reported: Gap =
                switch gaps {
                case .exact: .exact(count)
                case .bounded: .bounded(count)
                case .unknown: .bounded(nil)
                }
            return output.noteGap(reported, of: stream, direction)
        }
        // Whose bytes were lost is not known: they may have begun a stream.
        stages[direction] = .searching
        hasLost = true
        for stream in known.keys.sorted() where known[stream]?.contains(direction) != true {
            output.noteGap(.bounded(nil), of: stream, direction)
        }
    }

    private func isMark(_ bytes: Span<UInt8>, _ position: Int) -> Bool {
        guard bytes.count - position >= Self.mark.count else { return false }
        for index in 0..<Self.mark.count where bytes[position + index] != Self.mark[index] { return false }
        return true
    }

    /// A whole frame.
    static func frame(_ payload: [UInt8], of stream: UInt64) -> [UInt8] {
        mark + [UInt8(stream)] + PacketBuilder.bigEndian(UInt16(payload.count)) + payload
    }
}
