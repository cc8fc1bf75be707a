import Bytes
import Channels
import TestSupport

/// A layer like TLS, made up for tests: plaintext comes only when a record is whole.
///
/// A record is a mark of four bytes, its number and its length in two bytes each, and its payload, combined with a key that depends
/// on the number. One without payload ends its direction. After a gap the next mark is looked for.
final class ScrambledRecords: ByteLayer {
    struct Factory: LayerFactory {
        /// Gaps are reported with a bound.
        var boundsGaps = false
        /// Whole records are handed over one by one.
        var hasOrdinaryUnits = false

        func recognize(_ bytes: Span<UInt8>, fromServer: Bool) -> Recognition {
            for index in 0..<min(bytes.count, mark.count) where bytes[index] != mark[index] { return .no }
            return bytes.count < mark.count ? .needsMore : .yes
        }

        func makeLayer(isFromBeginning: Bool) -> any ByteLayer {
            ScrambledRecords(boundsGaps: boundsGaps, hasOrdinaryUnits: hasOrdinaryUnits)
        }
        func transport(over transport: String) -> String { transport == "tcp" ? "scrambled" : "\(transport)+scrambled" }
    }

    static let mark: [UInt8] = [0xD3, 0x5C, 0x52, 0xE1]
    static let headerByteCount = 8
    /// The length of a record that cannot be read.
    static let unreadable = 0xFFFF

    private let boundsGaps: Bool
    private let hasOrdinaryUnits: Bool
    private var isSearching = Pair(fromLow: false, fromHigh: false)
    /// Bytes that were left to wait.
    private var leftCount = Pair(fromLow: 0, fromHigh: 0)

    init(boundsGaps: Bool, hasOrdinaryUnits: Bool) {
        self.boundsGaps = boundsGaps
        self.hasOrdinaryUnits = hasOrdinaryUnits
    }

    func take(_ bytes: Span<UInt8>, from direction: Direction, into output: inout LayerOutput) -> Int {
        var position = 0
        defer { leftCount[direction] = bytes.count - position }
        while position < bytes.count {
            if isSearching[direction] {
                while bytes.count - position >= 4, !isMark(bytes, position) { position += 1 }
                guard isMark(bytes, position) else { break }
                isSearching[direction] = false
            }
            guard bytes.count - position >= Self.headerByteCount else { break }
            guard isMark(bytes, position) else {
                output.giveUp()
                break
            }
            let number = Int(bytes[position + 4]) << 8 | Int(bytes[position + 5])
            let length = Int(bytes[position + 6]) << 8 | Int(bytes[position + 7])
            if length == Self.unreadable {
                output.giveUp()
                break
            }
            let end = position + Self.headerByteCount + length
            guard end <= bytes.count else { break }
            let payload = bytes.extracting(position + Self.headerByteCount..<end)
            let plain = Self.scramble(payload.copied(), number)
            if plain.isEmpty { output.end(nil, direction) } else { output.deliver(plain.span, from: position..<end, direction) }
            position = end
        }
        return position
    }

    func takeOrdinary(_ bytes: Span<UInt8>, from direction: Direction, into made: inout ByteBuffer) -> OrdinaryUnit? {
        guard hasOrdinaryUnits, !isSearching[direction], bytes.count >= Self.headerByteCount, isMark(bytes, 0) else { return nil }
        let number = Int(bytes[4]) << 8 | Int(bytes[5])
        let end = Self.headerByteCount + (Int(bytes[6]) << 8 | Int(bytes[7]))
        guard end > Self.headerByteCount, end <= bytes.count else { return nil }
        made.append(Self.scramble(bytes.extracting(Self.headerByteCount..<end).copied(), number).span)
        return OrdinaryUnit(byteCount: end)
    }

    func awaitedByteCount(from direction: Direction) -> Int {
        hasOrdinaryUnits && !isSearching[direction] && leftCount[direction] < Self.headerByteCount ? Self.headerByteCount : 0
    }

    func noteGap(_ gap: Gap, from direction: Direction, into output: inout LayerOutput) {
        isSearching[direction] = true
        // What waited, what is lost, and the rest of the record in which the gap ends.
        let most = gap.byteCount.map { $0 + UInt64(leftCount[direction]) + UInt64(Self.unreadable) }
        leftCount[direction] = 0
        output.noteGap(.bounded(boundsGaps ? most : nil), direction)
    }

    private func isMark(_ bytes: Span<UInt8>, _ position: Int) -> Bool {
        guard bytes.count - position >= 4 else { return false }
        for index in 0..<4 where bytes[position + index] != Self.mark[index] { return false }
        return true
    }

    static func scramble(_ bytes: [UInt8], _ number: Int) -> [UInt8] {
        bytes.enumerated().map { $0.element ^ UInt8(truncatingIfNeeded: number &* 31 &+ $0.offset &* 7 &+ 0x5A) }
    }

    /// A whole record.
    static func record(_ plain: [UInt8], number: Int) -> [UInt8] {
        mark + PacketBuilder.bigEndian(UInt16(truncatingIfNeeded: number)) + PacketBuilder.bigEndian(UInt16(plain.count))
            + scramble(plain, number & 0xFFFF)
    }
}
