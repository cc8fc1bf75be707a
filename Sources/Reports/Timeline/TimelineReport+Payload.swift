import Bytes
import Inspection
import Text
import WebSocket

/// How a payload is shown.
enum PayloadForm {
    /// There is none, or none that can be read.
    case nothing
    /// Bytes of a compressed message, which shows its content with its last frame.
    case compressed
    case text
    /// Text out of a compression window of which bytes were lost.
    case textWithUnknown
    case bytes
    case close
}

extension TimelineReport {
    func form(of frame: Frame, _ message: Message?, _ body: Span<UInt8>) -> PayloadForm {
        let opcode = frame.header.opcode
        if opcode == .close { return .close }
        if frame.isCompressed, message == nil { return frame.header.length > 0 ? .compressed : .nothing }
        if body.isEmpty { return .nothing }
        // A marker in place of what was sent.
        if frame.isRedacted || (message?.isRedacted ?? false) { return .text }
        if opcode.isControl { return isPrintable(body) ? .text : .bytes }
        guard frame.messageOpcode == .text else { return .bytes }
        return (message?.unknownByteCount ?? 0) > 0 ? .textWithUnknown : .text
    }

    /// Writes as much of a payload as the row has room for; true when the whole of it is to stand beneath.
    mutating func writePayload(_ body: Span<UInt8>, _ form: PayloadForm, of frame: Frame) -> Bool {
        if options.payload == .none, form != .close { return false }
        switch form {
        case .nothing: return false
        case .compressed:
            write("  ")
            write("compressed", .dim)
            return false
        case .close:
            let isWhole = writeClose(CloseBody(body))
            return options.showsWholePayload && !isWhole
        case .text, .textWithUnknown:
            return writeTextPreview(body, hasUnknownBytes: form == .textWithUnknown)
        case .bytes:
            if options.showsWholePayload { return true }
            writeHexPreview(body)
            return false
        }
    }

    /// Columns for a payload of which at least `least` columns are to be seen, in this row.
    // Mutating, so that the report is not copied.
    @inline(__always)
    private mutating func room(atLeast least: Int) -> Int {
        guard let width = layout.width else { return Layout.previewWidth }
        return room(atLeast: least, in: width)
    }

    private mutating func room(atLeast least: Int, in width: Int) -> Int {
        let behind = remarks.columns(of: remarks.count(fitting: width - columns - least - 2))
        if behind == 0 { return max(8, width - columns) }
        // Where there is no lack of room, only what runs into the edge gives way.
        let edge = width > layout.remarkStart + 24 ? width : min(width, layout.remarkStart + behind)
        return edge - behind - 2 - columns
    }

    // MARK: In the row

    /// Writes text up to the room there is; true when all of it shall stand beneath instead.
    mutating func writeTextPreview(_ payload: Span<UInt8>, hasUnknownBytes: Bool) -> Bool {
        if options.payload == .pretty, !hasUnknownBytes, payload.mayBeJSONContainer { return true }
        let row = output.count
        let column = columns
        write("  ")
        let room = room(atLeast: min(payload.count, Layout.leastPreviewWidth))
        // Nearly everything fits as it is; only what does not is measured a second time, for the ellipsis.
        let start = output.count
        var safe = SafeText(limit: room, isASCII: palette.isASCII, hasUnknownBytes: hasUnknownBytes)
        if !safe.append(payload, to: &output) {
            if options.showsWholePayload {
                output.truncate(to: row)
                columns = column
                return true
            }
            if room > 0, safe.columns == room, safe.byteCount == room, output.count - start == room {
                // One byte a column: the last column is the last byte.
                output.truncate(to: output.count - 1)
                output.append(palette.ellipsis)
                columns += room
                return false
            }
            output.truncate(to: start)
            safe = SafeText(limit: room - 1, isASCII: palette.isASCII, hasUnknownBytes: hasUnknownBytes)
            safe.append(payload, to: &output)
            output.append(palette.ellipsis)
            columns += 1
        }
        columns += safe.columns
        return false
    }

    private mutating func writeHexPreview(_ payload: Span<UInt8>) {
        write("  ")
        // Each byte takes two digits and a blank, and a column of the ASCII beside them.
        let room = min(room(atLeast: min(payload.count * 4 + 1, Layout.leastPreviewWidth)), 16 * 4 + 2)
        let hasASCII = room >= 4 * 4 + 1
        let limit = hasASCII ? (room - 1) / 4 : (room + 1) / 3
        let isCut = payload.count > limit
        let shown = isCut ? max(1, hasASCII ? (room - 2) / 4 : room / 3) : payload.count
        for index in 0..<shown {
            if index > 0 { write(" ") }
            output.append(hex: UInt64(payload[index]), digits: 2)
            columns += 2
        }
        if isCut { write(palette.ellipsis, columns: 1, .dim) }
        guard hasASCII else { return }
        write("  ")
        palette.begin(.dim, in: &output)
        for index in 0..<shown { output.append(Self.character(payload[index])) }
        palette.end(.dim, in: &output)
        columns += shown
    }

    /// A byte as ASCII; a dot for what is not printable.
    private static func character(_ byte: UInt8) -> UInt8 { byte >= 0x20 && byte < 0x7F ? byte : UInt8(ascii: ".") }

    /// Writes code and reason; true when they had room.
    private mutating func writeClose(_ body: CloseBody) -> Bool {
        write("  ")
        guard let code = body.code else {
            write(body.byteCount == 0 ? "no code" : "1 byte, no code", .dim)
            return true
        }
        var text = "\(code.rawValue) \(code.name.map { "\($0)" } ?? "not registered")"
        let least = text.utf8.count + min(body.reason.utf8.count, Layout.leastPreviewWidth)
        if !body.reason.isEmpty, options.payload != .none { text += " \"\(body.reason)\"" }
        let room = room(atLeast: least)
        let start = output.count
        var safe = SafeText(limit: room, isASCII: palette.isASCII)
        if safe.append(text, to: &output) {
            columns += safe.columns
            return true
        }
        output.truncate(to: start)
        columns += Self.appendCut(text, to: &output, limit: room, palette)
        return false
    }

    private func isPrintable(_ payload: Span<UInt8>) -> Bool {
        for index in 0..<payload.count where payload[index] < 0x20 || payload[index] == 0x7F { return false }
        return UTF8Validator.isValid(payload)
    }

    // MARK: Beneath the row

    /// The whole payload: text in its own lines, of a close the reason, anything else as a hex dump.
    mutating func writeBlock(_ payload: Span<UInt8>, _ form: PayloadForm) {
        switch form {
        case .bytes: writeHexBlock(payload)
        case .close: writeTextBlock(payload.extracting(min(2, payload.count)..<payload.count), hasUnknownBytes: false)
        case .text where options.payload == .pretty && writeJSONBlock(payload): break
        default: writeTextBlock(payload, hasUnknownBytes: form == .textWithUnknown)
        }
    }

    mutating func beginBlockLine() {
        pad(to: layout.kindStart - 2)
        write(palette.bar, columns: 2, .dim)
    }

    /// Lines are as long as they are: a terminal wraps them in a way that can be copied.
    private mutating func writeTextBlock(_ payload: Span<UInt8>, hasUnknownBytes: Bool) {
        var start = 0
        while start < payload.count {
            var end = start
            while end < payload.count, payload[end] != 0x0A { end += 1 }
            beginBlockLine()
            var safe = SafeText(isASCII: palette.isASCII, hasUnknownBytes: hasUnknownBytes)
            safe.append(payload.extracting(start..<end), to: &output)
            endRow()
            start = end + 1
        }
    }

    mutating func writeHexBlock(_ payload: Span<UInt8>) {
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
            for index in start..<end { output.append(Self.character(payload[index])) }
            endRow()
        }
    }
}
