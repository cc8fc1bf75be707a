import Bytes
import Inspection
import Rules
import Text
import WebSocket

extension TimelineReport {
    // MARK: What is said of a frame

    mutating func collectRemarks(_ frame: Frame, _ message: Message?, _ connection: Connection) {
        if let message { collectRemarks(message) }
        if !frame.isComplete, !frame.findings.contains(where: { $0.rule == .frameCutOff }) {
            remark(
                "only \(Quantity.size(frame.capturedLength)) of \(Quantity.size(frame.header.length)) \(connection.isRecorded ? "recorded" : "captured")",
                .note)
        }
        if !frame.isComplete, let previous, previous > frame.time {
            remark("begun \(Quantity.duration(previous.nanoseconds(since: frame.time))) before", .note)
        }
        if let roundTrip = frame.roundTrip { remark("round trip \(Quantity.duration(roundTrip))", .dim) }
        if options.isVerbose, !connection.isRecorded { remark(provenance(frame), .dim) }
        for finding in frame.findings {
            let (text, ink) = words(for: finding)
            remark(text, ink)
        }
    }

    private mutating func collectRemarks(_ message: Message) {
        if message.frameCount > 1 {
            let wire = message.isCompressed ? ", deflated \(Quantity.size(message.wireLength))" : ""
            remark("message \(Quantity.size(message.length)) in \(message.frameCount) frames\(wire)", .dim)
        } else if message.isCompressed {
            remarks.addDeflated(message.wireLength)
        }
    }

    private func provenance(_ frame: Frame) -> String {
        let packets = frame.packets
        var text = packets.rest.isEmpty ? "packet \(packets.first)" : "packets \(packets.first)"
        let count = UInt64(packets.rest.count) + 1 + packets.omittedCount
        if count <= 4 {
            for packet in packets.rest { text += ", \(packet)" }
        } else {
            text += " to \(packets.last) (\(Quantity.count(count)))"
        }
        if frame.header.isMasked {
            let key = String(frame.header.maskingKey, radix: 16)
            text += ", key \(String(repeating: "0", count: 8 - key.count))\(key)"
        }
        return text
    }

    func words(for finding: Finding) -> (String, Ink) {
        let entry = finding.rule.entry
        let sign: StaticString =
            switch entry.severity {
            case .violation: palette.violation
            case .warning: palette.warning
            case .note: palette.note
            }
        var text = "\(sign) \(entry.label)"
        if let found = finding.found, !finding.rule.isToldByLabel { text += ": \(found)" }
        if let expected = finding.expected, finding.rule == .acceptWrong { text += ", expected \(expected)" }
        if let section = entry.section { text += " (\(section))" }
        return (text, Ink(entry.severity))
    }

    private mutating func remark(_ text: String, _ ink: Ink) { remarks.add(text, ink, palette) }

    // MARK: Where it stands

    /// Writes the remarks behind the payload, in their own place where that is free; beneath the row those that have no room.
    mutating func writeRemarks() {
        guard !remarks.isEmpty else { return }
        // Taken out, because writing changes all the rest.
        var said = Remarks()
        swap(&said, &remarks)
        let width = layout.width ?? .max
        let behind = said.count(fitting: width - columns - 2)
        if behind > 0 {
            write("  ")
            pad(to: min(layout.remarkStart, width - said.columns(of: behind)))
        }
        var start = 0
        for index in said.marks.indices {
            let mark = said.marks[index]
            let text = said.bytes.span.extracting(start..<mark.end)
            start = mark.end
            guard index >= behind else {
                if index > 0 { write("  ") }
                palette.begin(mark.ink, in: &output)
                output.append(text)
                palette.end(mark.ink, in: &output)
                columns += mark.columns
                continue
            }
            endRow()
            pad(to: layout.payloadStart)
            let words = unsafe text.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
            writeWords(Part(words, mark.ink), indent: layout.payloadStart + 2)
        }
        said.removeAll()
        swap(&said, &remarks)
    }
}
