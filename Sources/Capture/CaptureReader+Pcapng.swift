import Bytes

/// Kinds of pcapng blocks that say something here; all others are passed over (draft-ietf-opsawg-pcapng §10.1).
struct BlockType: RawRepresentable, Equatable {
    var rawValue: UInt32

    /// Reads the same in both byte orders, because it comes before the order is known.
    static let sectionHeader = BlockType(rawValue: 0x0A0D_0D0A)
    static let interfaceDescription = BlockType(rawValue: 0x0000_0001)
    /// Obsolete; the Enhanced Packet Block with a 16-bit interface and a count of drops.
    static let packet = BlockType(rawValue: 0x0000_0002)
    static let simplePacket = BlockType(rawValue: 0x0000_0003)
    static let enhancedPacket = BlockType(rawValue: 0x0000_0006)
    static let interfaceStatistics = BlockType(rawValue: 0x0000_0005)
    static let decryptionSecrets = BlockType(rawValue: 0x0000_000A)

    var isPacket: Bool { self == .enhancedPacket || self == .simplePacket || self == .packet }

    /// As messages call a block that is not a packet.
    var title: String {
        switch self {
        case .sectionHeader: "a section header block"
        case .interfaceDescription: "an interface description block"
        case .interfaceStatistics: "an interface statistics block"
        case .decryptionSecrets: "a decryption secrets block"
        default: "a block of type 0x" + String(rawValue, radix: 16)
        }
    }
}

/// The pcapng format: blocks, in the byte order that their section's header block shows (draft-ietf-opsawg-pcapng §3).
///
///     0   block type
///     4   total length, a multiple of 4
///     8   body
///     n−4 total length again
extension CaptureReader {
    /// Type and both lengths: what the shortest block has.
    static var emptyBlockLength: Int { 12 }

    /// Reads blocks up to the next packet.
    mutating func nextBlocks() throws(CaptureError) -> PacketHeader? {
        while true {
            guard window.fill(Self.emptyBlockLength) else { return try endOfBlocks() }
            let type = BlockType(rawValue: window.unread.uint32(at: 0, byteOrder))
            if type == .sectionHeader {
                try readSectionHeader()
                continue
            }
            let length = Int(window.unread.uint32(at: 4, byteOrder))
            guard length >= Self.emptyBlockLength, length & 3 == 0 else { throw lengthImpossible(type, length) }
            if isSectionUnknown {
                try passBlock(type, length)
                continue
            }
            switch type {
            case .enhancedPacket, .packet: return try readPacketBlock(type, length)
            case .simplePacket: return try readSimplePacketBlock(length)
            case .interfaceDescription: try readInterface(length)
            case .interfaceStatistics where (24...65_536).contains(length): try readStatistics(length)
            case .decryptionSecrets where length <= limits.secretsLength - facts.secretsLength: try readSecrets(length)
            default:
                if type == .decryptionSecrets { facts.droppedSecretsCount += 1 }
                try passBlock(type, length)
            }
        }
    }

    /// Makes a whole block unread in the window, its two lengths compared.
    @inline(__always)
    mutating func hold(_ type: BlockType, _ length: Int) throws(CaptureError) {
        guard length <= limits.packetLength else { throw blockTooLong(type, length) }
        guard window.fill(length) else { throw blockCut(type, length, present: window.count) }
        let trailing = window.unread.uint32(at: length - 4, byteOrder)
        guard trailing == length else { throw lengthsDiffer(type, length, trailing, at: window.offset) }
    }

    /// Passes over a block of any length without holding it.
    private mutating func passBlock(_ type: BlockType, _ length: Int) throws(CaptureError) {
        let offset = window.offset
        let passed = window.skip(length - 4)
        guard passed == length - 4, window.fill(4) else {
            throw breaksOff(inside: title(type), at: offset, "\(length) bytes announced", present: passed + window.count)
        }
        let trailing = window.unread.uint32(at: 0, byteOrder)
        guard trailing == length else { throw lengthsDiffer(type, length, trailing, at: offset) }
        window.take(4)
    }

    /// Walks the blocks at hand without passing them; a new section may change the byte order, so the walk stops there.
    var isPacketBlockBuffered: Bool {
        if window.isAtEnd { return true }
        let blocks = window.unread
        var position = 0
        while blocks.count - position >= Self.emptyBlockLength {
            let type = BlockType(rawValue: blocks.uint32(at: position, byteOrder))
            let length = Int(blocks.uint32(at: position + 4, byteOrder))
            if type == .sectionHeader { return false }
            if length < Self.emptyBlockLength || length & 3 != 0 { return true }
            if length > blocks.count - position { return false }
            if type.isPacket, !isSectionUnknown { return true }
            position += length
        }
        return false
    }
}

// MARK: - Errors

extension CaptureReader {
    func title(_ type: BlockType) -> String { type.isPacket ? "packet \(nextNumber)" : type.title }

    mutating func malformed(_ type: BlockType, _ text: String, at offset: UInt64) -> CaptureError {
        fail(.malformed, "\(title(type)) at \(location(offset)) \(text)", at: offset, packet: type.isPacket ? nextNumber : nil)
    }

    mutating func blockCut(_ type: BlockType, _ length: Int, present: Int) -> CaptureError {
        breaksOff(
            inside: title(type), at: window.offset, "\(length) bytes of block announced", present: present,
            packet: type.isPacket ? nextNumber : nil)
    }

    private mutating func endOfBlocks() throws(CaptureError) -> PacketHeader? {
        if window.count == 0 {
            try endBetweenPackets()
            return nil
        }
        throw breaksOff(
            inside: "the block before packet \(nextNumber)", at: window.offset, "at least \(Self.emptyBlockLength) bytes expected",
            present: window.count)
    }

    private mutating func blockTooLong(_ type: BlockType, _ length: Int) -> CaptureError {
        malformed(type, "announces a block of \(length) bytes: the file is damaged there or before", at: window.offset)
    }

    mutating func lengthImpossible(_ type: BlockType, _ length: Int) -> CaptureError {
        malformed(type, "announces a block of \(length) bytes, which no block has: the file is damaged there or before", at: window.offset)
    }

    private mutating func lengthsDiffer(_ type: BlockType, _ length: Int, _ trailing: UInt32, at offset: UInt64) -> CaptureError {
        malformed(type, "has a block length of \(length) at its beginning and \(trailing) at its end", at: offset)
    }
}
