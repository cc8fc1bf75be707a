import Bytes
import Reports
import Rules
import Text
import WebSocket

/// A frame as a row of the timeline.
struct TimelineRow {
    let state: State
    let place: TimelinePlace
    let layout: RowLayout
    private var look: Look { state.look }

    init(_ state: State, _ place: TimelinePlace, _ layout: RowLayout) {
        self.state = state
        self.place = place
        self.layout = layout
    }

    func line(_ row: UInt32, previous: TimelineItem?) -> Line {
        let frame = state.transcript.rows[Int(row)]
        var line = Line(isMarked(row) ? "\(look.marked)" : " ", .strong)
        if let severity = frame.severity { line.add(look.sign(severity), Ink(severity)) }
        line.pad(to: 3)
        if place.scope == .all { line.add("#\(state.transcript.connections[Int(frame.connection)].number)", .dim) }
        line.addRight(time(frame, previous), endingAt: layout.timeStart + layout.timeWidth, .dim)
        line.pad(to: layout.bodyStart)
        if state.isLadder { ladder(&line, row, frame) } else { column(&line, row, frame) }
        return line
    }

    private func isMarked(_ row: UInt32) -> Bool {
        let place = state.marks.partitioningIndex { $0 >= row }
        return place < state.marks.count && state.marks[place] == row
    }

    // MARK: Time

    private func time(_ frame: FrameRow, _ previous: TimelineItem?) -> String {
        let zero = Self.zero(state, place.scope)
        let before = previous.flatMap { TimelineView.time(of: $0, state) }
        return Self.time(frame.time, state, zero: zero, previous: before)
    }

    /// What times are counted from.
    static func zero(_ state: State, _ scope: Scope) -> Timestamp? {
        if case .connection(let connection) = scope { return state.transcript.connections[Int(connection)].time }
        return state.transcript.start
    }

    static func time(_ time: Timestamp, _ state: State, zero: Timestamp?, previous: Timestamp?) -> String {
        var field = ByteBuffer()
        switch state.clock {
        case .absolute, .local:
            var text = TimeText(zone: state.clock == .local ? state.zone : nil)
            text.appendTimeOfDay(time, digits: 6, to: &field)
        case .relative: TimeText.appendElapsed(time.nanoseconds(since: zero ?? time), to: &field)
        case .delta: TimeText.appendElapsed(time.nanoseconds(since: previous ?? time), to: &field)
        }
        return String(decoding: field.span.copied(), as: UTF8.self)
    }

    // MARK: One column

    private func column(_ line: inout Line, _ row: UInt32, _ frame: FrameRow) {
        let side = Ink(frame.from)
        line.add(frame.from == .client ? look.toServer : look.toClient, side)
        line.add(" ")
        line.add(kind(frame), kindInk(frame))
        line.addRight(Quantity.size(frame.shownLength(state.transcript.details(of: row))), endingAt: layout.payloadStart - 2)
        line.pad(to: layout.payloadStart)
        // Remarks stand beneath one another; what is longer begins further to the left, as far as half of the payload's room, or
        // as far as the payload leaves it.
        let room = layout.width - line.width
        // On a narrow screen the payload says more than how it travelled.
        let remarks = room < 24 && frame.severity == nil ? Line() : remarks(row, frame)
        let wanted = max(remarks.width, min(layout.remarkWidth, room / 2))
        let least = remarks.width == 0 ? 0 : min(wanted, max(room / 2, room - 60, 14))
        line.add(preview(row, frame, room - (least > 0 ? least + 2 : 0), contextInk(row) ?? (frame.opcode == .close ? .strong : .plain)))
        guard least > 0 else { return }
        let behind = max(least, min(wanted, layout.width - line.width - 2))
        line.pad(to: min(layout.width - behind, max(line.width + 2, RowLayout.remarkStart)))
        line.add(remarks.fitted(layout.width - line.width, look))
    }

    // MARK: A ladder

    /// The client's frames begin at the left, the server's in the right half; the arrow runs through the gap between.
    private func ladder(_ line: inout Line, _ row: UInt32, _ frame: FrameRow) {
        let start = layout.bodyStart
        let half = (layout.width - start) / 2
        let room = half - 5
        let middle = start + half
        var body = Line(kind(frame), kindInk(frame))
        body.addRight(
            Quantity.size(frame.shownLength(state.transcript.details(of: row))), endingAt: RowLayout.kindWidth + RowLayout.sizeWidth - 2,
            .dim)
        body.add("  ")
        body.add(preview(row, frame, room - body.width, contextInk(row) ?? .plain))
        if frame.from == .client {
            line.add(body)
            line.pad(to: middle - 4)
            line.add(String(repeating: "\(look.horizontal)", count: 3) + "\(look.toServer)", .client)
        } else {
            line.pad(to: middle - 4)
            line.add("\(look.toClient)" + String(repeating: "\(look.horizontal)", count: 3), .server)
            line.add(" ")
            line.add(body)
        }
    }

    // MARK: Parts

    func kind(_ frame: FrameRow) -> String {
        let isStray = frame.opcode == .continuation && frame.messageOpcode == .continuation
        let name = frame.opcode == .continuation && !isStray ? frame.messageOpcode.name : frame.opcode.name
        guard frame.isFragment, !isStray else { return "\(name)" }
        return "\(name) \(frame.opcode != .continuation ? look.fragmentFirst : frame.isFinal ? look.fragmentLast : look.fragmentNext)"
    }

    private func kindInk(_ frame: FrameRow) -> Ink {
        switch frame.opcode {
        case .ping, .pong: .dim
        case .close: .strong
        default: Ink(frame.from)
        }
    }

    /// What stands around the frames that a filter selects is dim.
    private func contextInk(_ row: UInt32) -> Ink? {
        guard let filter = place.filter, filter.context > 0 else { return nil }
        return filter.isSelected(row) ? nil : .dim
    }

    /// Bytes in which what was searched for is looked up to be shown.
    private static let searchedByteCount = 64 << 10

    /// As much of the payload as has room, text as text and other bytes in hex; where something was found in it, the part around that.
    func preview(_ row: UInt32, _ frame: FrameRow, _ room: Int, _ ink: Ink) -> Line {
        guard room > 1 else { return Line() }
        if frame.isCompressed, !frame.flags.contains(.storesContent) { return Line(look.fitted("compressed", room), ink) }
        if frame.isUnkept { return unkept(row, room, ink) }
        let pattern = state.search.flatMap { $0.has(row) ? $0.pattern : nil }
        var bytes = state.payloads.stored(frame, limit: pattern == nil ? room * 4 : max(room * 4, Self.searchedByteCount)).span.copied()
        var isCut = bytes.count < Int(frame.storedCount) || frame.flags.contains(.isCut)
        if frame.opcode == .close { return closePreview(bytes, pattern, room, ink) }
        let isText = frame.messageOpcode == .text || (frame.opcode.isControl && isPrintable(bytes.span))
        var matches = pattern?.places(in: bytes.span) ?? []
        guard isText else { return hex(bytes, total: Int(frame.storedCount), matches, room, ink) }
        var line = Line()
        if let first = matches.first, first.upperBound > room - 2 {
            // Begins a little before it, and not inside a character.
            var start = max(0, min(first.lowerBound - 1, first.lowerBound - room / 3))
            while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
            bytes.removeFirst(start)
            matches = matches.map { $0.lowerBound - start..<$0.upperBound - start }
            if start > 0 { line.add(look.ellipsis, .dim) }
        }
        if bytes.count > room * 4 {
            bytes.removeLast(bytes.count - room * 4)
            isCut = true
        }
        // No character is cut in two where the rest of it is only not looked at.
        if isCut { bytes.removeLast(Self.unfinishedByteCount(bytes)) }
        line.add(
            look.line(
                bytes.span, room - line.width, ink, matches: matches, hasUnknownBytes: frame.flags.contains(.hasUnknownBytes),
                isCut: isCut))
        return line
    }

    /// Bytes at the end that begin a character and do not end it.
    private static func unfinishedByteCount(_ bytes: [UInt8]) -> Int {
        guard let last = bytes.lastIndex(where: { $0 & 0xC0 != 0x80 }), bytes.count - last < 4 else { return 0 }
        let length = (~bytes[last]).leadingZeroBitCount
        return length > bytes.count - last ? bytes.count - last : 0
    }

    /// What is left of a payload that was not kept: of a close, its code.
    private func unkept(_ row: UInt32, _ room: Int, _ ink: Ink) -> Line {
        guard let code = state.transcript.details(of: row)?.closeCode else { return Line(look.fitted("not kept", room), .dim) }
        return Line(look.fitted(Self.close(code), room), ink)
    }

    private func closePreview(_ bytes: [UInt8], _ pattern: SearchPattern?, _ room: Int, _ ink: Ink) -> Line {
        let words = Array(Self.close(CloseBody(bytes.span)).utf8)
        return look.line(words.span, room, ink, matches: pattern?.places(in: words.span) ?? [])
    }

    static func close(_ body: CloseBody) -> String {
        guard let code = body.code else { return body.byteCount == 0 ? "no code" : "1 byte, no code" }
        let reason = body.reason.isEmpty ? "" : " \"\(body.reason)\""
        return close(code) + reason
    }

    static func close(_ code: CloseCode) -> String { "\(code.rawValue) \(code.name.map { "\($0)" } ?? "not registered")" }

    private func isPrintable(_ bytes: Span<UInt8>) -> Bool {
        for index in 0..<bytes.count where bytes[index] < 0x20 || bytes[index] == 0x7F { return false }
        return UTF8Validator.isValid(bytes)
    }

    private func hex(_ bytes: [UInt8], total: Int, _ matches: [Range<Int>], _ room: Int, _ ink: Ink) -> Line {
        // Where there is room, with the characters behind.
        let showsCharacters = room >= 60
        let most = showsCharacters ? min(64, (room - 3) / 4) : min(24, (room + 1) / 3)
        var start = 0
        if let first = matches.first, first.upperBound > most { start = first.lowerBound }
        let rest = total - start
        let isCut = rest > most
        let count = min(bytes.count - start, isCut ? (showsCharacters ? most : max(0, min(most, (room - 1) / 3))) : rest)
        guard count > 0 else { return Line() }
        var line = Line(start > 0 ? "\(look.ellipsis)" : "", .dim)
        let base = line.width
        for index in start..<start + count {
            line.pad(to: base + (index - start) * 3)
            line.add(HexDump.hex(UInt64(bytes[index]), 2), matches.contains { $0.contains(index) } ? .match : ink)
        }
        if isCut { line.add(look.ellipsis, ink) }
        guard showsCharacters else { return line }
        line.pad(to: base + (isCut ? most : count) * 3 + 2)
        line.add(HexDump.characters(bytes.span.extracting(start..<start + count)), .dim)
        return line.fitted(room, look)
    }

    /// What else there is to say, in few words.
    private func remarks(_ row: UInt32, _ frame: FrameRow) -> Line {
        var line = Line()
        func add(_ text: String, _ ink: Ink) {
            if line.width > 0 { line.add("  ") }
            line.add(look.spelled(text), ink)
        }
        for index in state.transcript.findings(of: row) {
            let finding = state.transcript.findings[index].finding
            add("\(look.sign(finding.rule.severity)) \(finding.rule.entry.label)", Ink(finding.rule.severity))
        }
        let details = state.transcript.details(of: row)
        if let roundTrip = details?.roundTrip { add("round trip \(Quantity.duration(roundTrip))", .dim) }
        if let captured = details?.capturedLength { add("only \(Quantity.size(captured)) captured", .note) }
        if let message = details?.message, message.frameCount > 1 {
            add("\(Quantity.size(message.length)) in \(message.frameCount) frames", .dim)
        } else if frame.isCompressed, frame.flags.contains(.storesContent) {
            add("deflated \(Quantity.size(frame.length))", .dim)
        }
        return line
    }
}
