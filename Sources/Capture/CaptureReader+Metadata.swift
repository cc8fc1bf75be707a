import Bytes

/// Blocks that describe the capture (draft-ietf-opsawg-pcapng §4.1, §4.2 and §4.7).
extension CaptureReader {
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
            case .comment: addComment(value, about: .section(number))
            case .hardware: section.hardware = text(value)
            case .operatingSystem: section.operatingSystem = text(value)
            case .application: section.application = text(value)
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
            case .comment: addComment(value, about: .interface(number))
            case .interfaceName: interface.name = text(value)
            case .interfaceDescription: interface.description = text(value)
            // Its first byte says that it is text and no program.
            case .filter where value.count > 1 && window.unread[value.lowerBound] == 0:
                interface.filter = text(value.lowerBound + 1..<value.upperBound)
            case .timestampResolution where value.count == 1:
                interface.resolution = TimestampResolution(rawValue: window.unread[value.lowerBound])
            case .timestampOffset where value.count == 8:
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

    /// Interface Statistics Block.
    ///
    ///     8  interface    12 time, upper half    16 time, lower half    20 options
    mutating func readStatistics(_ length: Int) throws(CaptureError) {
        try hold(.interfaceStatistics, length)
        let interface = Int(window.unread.uint32(at: 8, byteOrder))
        guard interface < links.count else {
            // Nothing is lost by it but a count.
            facts.damagedBlockCount += 1
            return window.take(length)
        }
        let clock = links[interface].clock
        var statistics = InterfaceStatistics(
            interface: UInt32(firstInterface + interface), time: clock.time(window.unread.ticks(at: 12, byteOrder)))
        var options = OptionCursor(20..<length - 4, byteOrder)
        while let (code, value) = options.next(in: window.unread) {
            guard value.count == 8 else { continue }
            let number = window.unread.uint64(at: value.lowerBound, byteOrder)
            switch code {
            case .startTime: statistics.start = clock.time(window.unread.ticks(at: value.lowerBound, byteOrder))
            case .received: statistics.received = number
            case .droppedByInterface: statistics.droppedByInterface = number
            case .droppedBySystem: statistics.droppedBySystem = number
            case .delivered: statistics.delivered = number
            default: break
            }
        }
        if options.isDamaged { facts.damagedBlockCount += 1 }
        note(statistics, of: interface)
        window.take(length)
    }

    /// Keeps statistics, with what was lost since those before, or since the beginning.
    mutating func note(_ statistics: InterfaceStatistics, of interface: Int) {
        let loss = PacketLoss(from: links[interface].statistics, to: statistics)
        if loss != nil { links[interface].statistics = statistics }
        let count = InterfaceCount(statistics: statistics, loss: loss)
        if counts.count < limits.statisticsCount { counts.append(count) } else { counts[counts.count - 1].join(count) }
    }

    /// Keeps the comments among a packet's options.
    @inline(never)
    mutating func readComments(_ range: Range<Int>, about subject: CaptureComment.Subject) {
        var options = OptionCursor(range, byteOrder)
        while let (code, value) = options.next(in: window.unread) {
            if code == .comment { addComment(value, about: subject) }
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
