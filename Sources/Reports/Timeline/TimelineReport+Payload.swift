import Bytes
import Inspection
import WebSocket

extension TimelineReport {
    /// Fewest columns that a preview keeps when remarks want the rest.
    private static let leastPreview = 16

    /// Columns left for a preview in this row.
    private var previewRoom: Int {
        guard let width = options.width else { return options.payload == .full ? 64 : Self.previewColumns }
        return max(Self.leastPreview, width - columns - (remarkColumns > 0 ? remarkColumns + 2 : 0))
    }

    mutating func writePreview(_ payload: Span<UInt8>, isText: Bool, of frame: Frame) {
        guard options.payload != .none, !payload.isEmpty else { return }
        let isControlText = frame.header.opcode.isControl && isPrintable(payload)
        if isText || isControlText {
            writeTextPreview(payload)
        } else {
            writeHexPreview(payload)
        }
    }

    private mutating func writeTextPreview(_ payload: Span<UInt8>) {
        let room = previewRoom
        // Nearly everything fits as it is; only what does not is measured a second time, for the ellipsis.
        let start = output.count
        var safe = SafeText(limit: room)
        if !safe.append(payload, to: &output) {
            output.truncate(to: start)
            safe = SafeText(limit: room - 1)
            safe.append(payload, to: &output)
            output.append(palette.ellipsis)
            columns += 1
        }
        columns += safe.columns
    }

    private mutating func writeHexPreview(_ payload: Span<UInt8>) {
        let room = min(previewRoom, 16 * 3 + 1)
        let fits = max(1, (room + 1) / 3)
        let isCut = payload.count > fits
        let shown = isCut ? max(1, (room - 1) / 3) : payload.count
        for index in 0..<shown {
            if index > 0 { write(" ") }
            output.append(hex: UInt64(payload[index]), digits: 2)
            columns += 2
        }
        if isCut { write(palette.ellipsis, columns: 1, .dim) }
    }

    mutating func writeClose(_ body: CloseBody) {
        guard let code = body.code else {
            return write(body.byteCount == 0 ? "no code" : "1 byte, no code", .dim)
        }
        write("\(code.rawValue) \(code.name.map { "\($0)" } ?? "not registered")")
        guard !body.reason.isEmpty, options.payload != .none else { return }
        write(" \"")
        var safe = SafeText(limit: max(Self.leastClose, previewRoom - 1))
        if !safe.append(body.reason, to: &output) {
            output.append(palette.ellipsis)
            columns += 1
        }
        columns += safe.columns
        write("\"")
    }

    private static var leastClose: Int { 16 }

    private func isPrintable(_ payload: Span<UInt8>) -> Bool {
        for index in 0..<payload.count where payload[index] < 0x20 || payload[index] == 0x7F { return false }
        return UTF8Validator.isValid(payload)
    }

    // MARK: Whole payloads

    /// The whole payload under its row: text in its own lines, anything else as a hex dump.
    mutating func writeBlock(_ payload: Span<UInt8>, isText: Bool, _ frame: Frame) {
        guard !payload.isEmpty, frame.header.opcode != .close else { return }
        if isText || (frame.header.opcode.isControl && isPrintable(payload)) {
            writeTextBlock(payload)
        } else {
            writeHexBlock(payload)
        }
    }

    private mutating func beginBlockLine() {
        for _ in 0..<4 { output.append("    ") }
        write(palette.bar, columns: 2, .dim)
    }

    private mutating func writeTextBlock(_ payload: Span<UInt8>) {
        var start = 0
        while start < payload.count {
            var end = start
            while end < payload.count, payload[end] != 0x0A { end += 1 }
            beginBlockLine()
            var safe = SafeText()
            safe.append(payload.extracting(start..<end), to: &output)
            endRow()
            start = end + 1
        }
    }

    private mutating func writeHexBlock(_ payload: Span<UInt8>) {
        for start in stride(from: 0, to: payload.count, by: 16) {
            beginBlockLine()
            output.append(hex: UInt64(start), digits: payload.count > 0xFFFF ? 8 : 4)
            output.append("  ")
            let end = min(start + 16, payload.count)
            for index in start..<start + 16 {
                if index < end { output.append(hex: UInt64(payload[index]), digits: 2) } else { output.append("  ") }
                output.append(index == start + 7 ? "  " : " ")
            }
            output.append(" ")
            for index in start..<end {
                let byte = payload[index]
                output.append(byte >= 0x20 && byte < 0x7F ? byte : UInt8(ascii: "."))
            }
            endRow()
        }
    }
}
