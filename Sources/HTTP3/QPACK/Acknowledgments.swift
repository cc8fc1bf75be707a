import Bytes
import FieldCoding

/// What a decoder's stream says of the sections and entries that it has read (RFC 9204 §4.4): how many entries have certainly been inserted.
struct Acknowledgments: ~Copyable {
    /// At least so many entries have been received by the other end (RFC 9204 §2.1.4).
    private(set) var knownCount: UInt64 = 0
    /// What each section of a stream requires that was read and not acknowledged, in order; nil where that is not known.
    private var outstanding: [UInt64: [UInt64?]] = [:]
    private var outstandingCount = 0
    /// Streams of which a section was acknowledged that was not read yet.
    private var early: Set<UInt64> = []
    private var pending = ByteBuffer()
    private var isLost = false

    private static let outstandingLimit = 1_024
    private static let earlyLimit = 1_024

    init() {}

    mutating func take(_ bytes: Span<UInt8>) {
        if isLost { return }
        if pending.isEmpty {
            pending.append(bytes.extracting(read(bytes)..<bytes.count))
        } else {
            pending.append(bytes)
            var all = ByteBuffer()
            swap(&all, &pending)
            all.removeFirst(read(all.span))
            swap(&all, &pending)
        }
    }

    /// Bytes of the stream are missing, or cannot be read: nothing after them can.
    mutating func lose() {
        isLost = true
        pending.removeAll(keepingAtMost: 0)
    }

    /// The stream turned out to be there from its beginning.
    mutating func begin() { isLost = false }

    /// Notes that a section was read that requires so many entries, more than none; nil if that is not known.
    mutating func expect(_ required: UInt64?, of stream: UInt64) {
        if outstandingCount >= Self.outstandingLimit {
            outstanding = [:]
            outstandingCount = 0
        }
        outstanding[stream, default: []].append(required)
        outstandingCount += 1
    }

    /// Whether a section that is read only now was acknowledged before, so that what it requires was so at an earlier time.
    mutating func wasEarly(_ stream: UInt64) -> Bool { early.remove(stream) != nil }

    private mutating func read(_ bytes: Span<UInt8>) -> Int {
        var position = 0
        while position < bytes.count {
            var reader = FieldReader(position: position)
            let first = bytes[position]
            do throws(FieldReadingError) {
                let number = UInt64(try reader.integer(bytes, prefix: first & 0x80 != 0 ? 7 : 6))
                if first & 0x80 != 0 {
                    acknowledge(number)
                } else if first & 0x40 != 0 {
                    outstandingCount -= outstanding.removeValue(forKey: number)?.count ?? 0
                } else {
                    knownCount = knownCount > 1 << 62 - number ? 1 << 62 : knownCount + number
                }
            } catch {
                if error == .malformed {
                    lose()
                    return bytes.count
                }
                break
            }
            position = reader.position
        }
        return position
    }

    private mutating func acknowledge(_ stream: UInt64) {
        guard var sections = outstanding[stream], !sections.isEmpty else {
            if early.count >= Self.earlyLimit { early = [] }
            early.insert(stream)
            return
        }
        outstandingCount -= 1
        if let required = sections.removeFirst() { knownCount = max(knownCount, required) }
        outstanding[stream] = sections.isEmpty ? nil : sections
    }
}
