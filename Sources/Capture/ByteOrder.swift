import Bytes

/// The byte order that a capture file, or a section of one, was written in.
enum ByteOrder {
    case big
    case little
}

extension Span where Element == UInt8 {
    @inline(__always)
    func uint16(at offset: Int, _ order: ByteOrder) -> UInt16 {
        order == .little ? uint16LE(at: offset) : uint16BE(at: offset)
    }

    @inline(__always)
    func uint32(at offset: Int, _ order: ByteOrder) -> UInt32 {
        order == .little ? uint32LE(at: offset) : uint32BE(at: offset)
    }

    @inline(__always)
    func uint64(at offset: Int, _ order: ByteOrder) -> UInt64 {
        order == .little ? uint64LE(at: offset) : uint64BE(at: offset)
    }
}

extension LinkType {
    /// The link type that a file's value means: `DLT_RAW`, which systems number 12 or 14, stands in files where 101 should.
    init(inFile value: UInt32) {
        self = value == 12 || value == 14 ? .raw : LinkType(rawValue: value)
    }
}
