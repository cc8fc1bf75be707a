import Bytes

/// Blocks that describe the capture (draft-ietf-opsawg-pcapng §4.1, §4.2 and §4.7).
extension CaptureReader {
    private enum OptionCode {
        static let comment: UInt16 = 1
        static let hardware: UInt16 = 2
        static let operatingSystem: UInt16 = 3
        static let application: UInt16 = 4
        static let interfaceName: UInt16 = 2
        static let interfaceDescription: UInt16 = 3
        static let timestampResolution: UInt16 = 9
        static let timestampOffset: UInt16 = 14
    }

    /// Section Header Block: a new byte order, and no interfaces yet.
    ///
    ///     0  0a0d0d0a    4  total length    8  1a2b3c4d, in the section's byte order
    ///     12 major version (1)  14 minor version   16 section length   24 options
    mutating func readSectionHeader() throws(CaptureError) {
        guard window.fill(Self.emptyBlockLength) else {
            throw breaksOff(
                inside: BlockType.sectionHeader.title, at: window.offset, "at least 28 bytes expected", present: window.count)
        }
        switch window.unread.uint32BE(at: 8) {
        case 0x1A2B_3C4D: byteOrder = .big
        case 0x4D3C_2B1A: byteOrder = .little
        default: throw malformed(.sectionHeader, "has no byte-order magic", at: window.offset)
        }
        let length = Int(window.unread.uint32(at: 4, byteOrder))
        guard length >= 28, length & 3 == 0 else { throw lengthImpossible(.sectionHeader, length) }
        try hold(.sectionHeader, length)
        let (major, minor) = (window.unread.uint16(at: 12, byteOrder), window.unread.uint16(at: 14, byteOrder))
        firstInterface = facts.interfaces.count
        links.removeAll(keepingCapacity: true)
        isSectionUnknown = major != 1
        if isSectionUnknown {
            // A later one is passed over (§3.4); of a file that begins so there would be nothing to show.
            guard window.offset > 0 else {
                throw fail(.unsupported, "is a pcapng file of version \(major).\(minor); only version 1 is specified", at: 12)
            }
            facts.unknownSectionCount += 1
            return window.take(length)
        }

        let isKept = facts.sections.count < limits.sectionCount
        let number = facts.sections.count
        var section = CaptureSection()
        var options = OptionCursor(24..<length - 4, byteOrder)
        while let (code, value) = options.next(in: window.unread), isKept {
            switch code {
            case OptionCode.comment: addComment(value, about: .section(number))
            case OptionCode.hardware: section.hardware = text(value)
            case OptionCode.operatingSystem: section.operatingSystem = text(value)
            case OptionCode.application: section.application = text(value)
            default: break
            }
        }
        if options.isDamaged { facts.damagedBlockCount += 1 }
        if isKept { facts.sections.append(section) } else { facts.droppedSectionCount += 1 }
        window.take(length)
    }

    /// Interface Description Block.
    ///
    ///     8  link type   10 reserved   12 snapshot length   16 options
    mutating func readInterface(_ length: Int) throws(CaptureError) {
        guard length >= 20 else { throw malformed(.interfaceDescription, "has \(length) bytes, 20 are the least", at: window.offset) }
        try hold(.interfaceDescription, length)
        guard facts.interfaces.count < limits.interfaceCount else {
            throw malformed(
                .interfaceDescription, "is one more than the \(limits.interfaceCount) interfaces that are kept", at: window.offset)
        }
        let number = facts.interfaces.count
        var interface = CaptureInterface(
            linkType: LinkType(inFile: UInt32(window.unread.uint16(at: 8, byteOrder))), snapLength: window.unread.uint32(at: 12, byteOrder),
            resolution: .microseconds)
        interface.section = facts.sections.count - 1 + Int(clamping: facts.droppedSectionCount)

        var options = OptionCursor(16..<length - 4, byteOrder)
        while let (code, value) = options.next(in: window.unread) {
            switch code {
            case OptionCode.comment: addComment(value, about: .interface(number))
            case OptionCode.interfaceName: interface.name = text(value)
            case OptionCode.interfaceDescription: interface.description = text(value)
            case OptionCode.timestampResolution where value.count == 1:
                interface.resolution = TimestampResolution(rawValue: window.unread[value.lowerBound])
            case OptionCode.timestampOffset where value.count == 8:
                interface.secondsOffset = Int64(bitPattern: window.unread.uint64(at: value.lowerBound, byteOrder))
            default: break
            }
        }
        if options.isDamaged { facts.damagedBlockCount += 1 }
        add(interface)
        window.take(length)
    }

    /// Decryption Secrets Block.
    ///
    ///     8  secrets type   12 secrets length   16 secrets, padded to 4   options
    mutating func readSecrets(_ length: Int) throws(CaptureError) {
        guard length >= 20 else { throw malformed(.decryptionSecrets, "has \(length) bytes, 20 are the least", at: window.offset) }
        try hold(.decryptionSecrets, length)
        let form = DecryptionSecrets.Form(rawValue: window.unread.uint32(at: 8, byteOrder))
        let announced = Int(window.unread.uint32(at: 12, byteOrder))
        let count = min(announced, length - 20)
        if count < announced { facts.damagedBlockCount += 1 }
        facts.secrets.append(DecryptionSecrets(form: form, bytes: window.unread.extracting(16..<16 + count).copied()))
        // The whole block counts, so that many empty ones reach the limit too.
        facts.secretsLength += length
        window.take(length)
    }

    /// Keeps the comments among a packet's options.
    @inline(never)
    mutating func readComments(_ range: Range<Int>, about subject: CaptureComment.Subject) {
        var options = OptionCursor(range, byteOrder)
        while let (code, value) = options.next(in: window.unread) {
            if code == OptionCode.comment { addComment(value, about: subject) }
        }
        if options.isDamaged { facts.damagedBlockCount += 1 }
    }

    private mutating func addComment(_ range: Range<Int>, about subject: CaptureComment.Subject) {
        // What a comment costs beside its text counts as well, so that many empty ones reach the limit too.
        let cost = range.count + 32
        guard cost <= limits.commentsLength - facts.commentsLength else {
            facts.droppedCommentCount += 1
            return
        }
        facts.commentsLength += cost
        facts.comments.append(CaptureComment(subject: subject, text: string(range)))
    }

    private func text(_ range: Range<Int>) -> String {
        string(range.lowerBound..<range.lowerBound + min(range.count, limits.textLength))
    }

    /// UTF-8, repaired where it is not; zero bytes that some writers put behind it are taken off.
    private func string(_ range: Range<Int>) -> String {
        let bytes = window.unread.extracting(range)
        var count = bytes.count
        while count > 0, bytes[count - 1] == 0 { count -= 1 }
        return unsafe bytes.extracting(first: count).withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
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
    mutating func next(in block: Span<UInt8>) -> (code: UInt16, value: Range<Int>)? {
        guard rest.count >= 4 else {
            isDamaged = isDamaged || !rest.isEmpty
            return nil
        }
        let code = block.uint16(at: rest.lowerBound, byteOrder)
        let length = Int(block.uint16(at: rest.lowerBound + 2, byteOrder))
        let value = rest.lowerBound + 4
        if code == 0 { return nil }
        guard length <= rest.upperBound - value else {
            isDamaged = true
            return nil
        }
        rest = min(value + (length + 3) & ~3, rest.upperBound)..<rest.upperBound
        return (code, value..<value + length)
    }
}
