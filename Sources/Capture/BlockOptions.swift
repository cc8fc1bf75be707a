import Bytes

/// What an option of a pcapng block is about; numbers above 1 mean something else in each kind of block.
struct OptionCode: RawRepresentable, Equatable {
    var rawValue: UInt16

    static let end = OptionCode(rawValue: 0)
    static let comment = OptionCode(rawValue: 1)

    // Section Header Block (§4.1).
    static let hardware = OptionCode(rawValue: 2)
    static let operatingSystem = OptionCode(rawValue: 3)
    static let application = OptionCode(rawValue: 4)

    // Interface Description Block (§4.2).
    static let interfaceName = OptionCode(rawValue: 2)
    static let interfaceDescription = OptionCode(rawValue: 3)
    static let timestampResolution = OptionCode(rawValue: 9)
    static let filter = OptionCode(rawValue: 11)
    static let timestampOffset = OptionCode(rawValue: 14)

    // Interface Statistics Block (§4.6).
    static let startTime = OptionCode(rawValue: 2)
    static let received = OptionCode(rawValue: 4)
    static let droppedByInterface = OptionCode(rawValue: 5)
    static let droppedBySystem = OptionCode(rawValue: 7)
    static let delivered = OptionCode(rawValue: 8)
}

/// A place in a block's list of options (draft-ietf-opsawg-pcapng §3.5).
///
///     0  code   2  length   4  value, padded to 4
struct OptionCursor {
    private var rest: Range<Int>
    private let byteOrder: ByteOrder
    /// An option overran the list; those before it were given.
    private(set) var isDamaged = false

    init(_ range: Range<Int>, _ byteOrder: ByteOrder) {
        rest = range
        self.byteOrder = byteOrder
    }

    /// The next option's code and where its value is, or nil at the end of the list.
    mutating func next(in block: Span<UInt8>) -> (code: OptionCode, value: Range<Int>)? {
        guard rest.count >= 4 else {
            isDamaged = isDamaged || !rest.isEmpty
            return nil
        }
        let code = OptionCode(rawValue: block.uint16(at: rest.lowerBound, byteOrder))
        let length = Int(block.uint16(at: rest.lowerBound + 2, byteOrder))
        let value = rest.lowerBound + 4
        if code == .end { return nil }
        guard length <= rest.upperBound - value else {
            isDamaged = true
            return nil
        }
        rest = min(value + (length + 3) & ~3, rest.upperBound)..<rest.upperBound
        return (code, value..<value + length)
    }
}

extension Span where Element == UInt8 {
    /// A time as pcapng writes it: upper half first, whatever the byte order.
    @inline(__always)
    func ticks(at offset: Int, _ order: ByteOrder) -> UInt64 {
        UInt64(uint32(at: offset, order)) << 32 | UInt64(uint32(at: offset + 4, order))
    }
}
