import Bytes

extension CaptureReader {
    /// Finds out what the input is, and reads the file header or the first section header.
    mutating func begin() throws(CaptureError) {
        let isLongEnough = window.fill(4)
        facts.isCompressed = window.compression != nil
        guard isLongEnough else { throw tooShort() }
        if try beginPcap() { return }
        if try beginSnoop() { return }
        if window.unread.uint32BE(at: 0) == BlockType.sectionHeader.rawValue {
            state = .pcapng
            facts.format = .pcapng
            return try readSectionHeader()
        }
        // Text is told by more than four bytes; what is there by now is all that a terminal or pipe may ever give.
        let looks = FileSignature.description(of: window.unread, in: window.compression)
        let whereabouts = window.compression.map { "inside the \($0.name) data " } ?? ""
        throw fail(.notACapture, "is not a pcap, pcapng or snoop file: \(whereabouts)\(looks)", at: 0)
    }

    private mutating func tooShort() -> CaptureError {
        if let failure = window.failure {
            // Where that is about all of the data, it is not about the header.
            if failure.concernsAll, window.count == 0 { return endsEarly(nil, at: 0) }
            return breaksOff(inside: "the file header", at: 0, "4 bytes expected", present: window.count)
        }
        if window.count == 0 {
            return fail(
                .notACapture,
                window.compression.map { "is \($0.name) with nothing inside, not a capture file" } ?? "is empty, not a capture file", at: 0)
        }
        return fail(.notACapture, "is not a pcap, pcapng or snoop file: it has only \(window.count) bytes", at: 0)
    }

    /// Adds an interface to the facts and to the current section.
    mutating func add(_ interface: CaptureInterface) {
        facts.interfaces.append(interface)
        links.append(
            Link(
                linkType: interface.linkType, snapLength: interface.snapLength, fractionDigits: interface.resolution.fractionDigits,
                clock: InterfaceClock(interface.resolution, secondsOffset: interface.secondsOffset)))
    }
}
