import JSON
import Bytes
import Text
import WebSocket

/// The bytes of a frame, or of its message, cut into lines for one width.
struct FrameDocument: Sendable {
    /// Bytes that are looked at; more are saved, not shown.
    static let byteLimit = 1 << 20

    /// What it was made for, so that it is made anew when that changes.
    struct Request: Hashable, Sendable {
        var row: UInt32
        var kind: ContentKind
        var form: PayloadForm?
        var width: Int
        var folded: Set<Int> = []
        var isASCII = false
        /// What was searched for.
        var pattern: SearchPattern.Key?
        var byteLimit = FrameDocument.byteLimit
    }

    let request: Request
    let form: PayloadForm
    let bytes: [UInt8]
    /// Bytes of the header that stand in front, in a hex dump.
    let headerCount: Int
    let hasUnknownBytes: Bool
    /// Where text begins: behind the code of a close.
    let textStart: Int
    /// There were bytes, but they are not kept.
    let isUnkept: Bool
    /// Said of the bytes in the heading: `inflated from 41 B`, `first 1 MB`.
    let remark: String?
    private let lines: [Range<Int>]
    let tree: JSONTree?
    private let visible: [Int]
    /// Where what was searched for stands, in order.
    private let matches: [Range<Int>]

    init(_ request: Request, _ transcript: Transcript, _ payloads: Payloads, _ pattern: SearchPattern? = nil) {
        self.request = request
        let frame = transcript.rows[Int(request.row)]
        var shown = ByteBuffer()
        var remark: String?
        Self.fill(&shown, &remark, request, transcript, payloads)
        isUnkept = shown.isEmpty && frame.flags.contains(.isCut)
        hasUnknownBytes = frame.flags.contains(.hasUnknownBytes)
        let isWire = request.kind == .wire || (frame.isCompressed && !frame.flags.contains(.storesContent) && request.kind == .payload)
        let form = request.form ?? Self.form(of: shown.span, frame, isWire: isWire)
        var tree = form == .json ? JSONTree(shown.span) : nil
        if request.form == nil, form == .text, [UInt8(ascii: "{"), UInt8(ascii: "[")].contains(shown.isEmpty ? 0 : shown.span[0]) {
            tree = JSONTree(shown.span)
        }
        self.tree = tree
        self.form = tree != nil ? .json : form == .json ? .text : form
        if request.form == .json, tree == nil { remark = "not JSON" + (remark.map { "; \($0)" } ?? "") }
        self.remark = remark
        visible = tree?.visible(folded: request.folded) ?? []
        let header = self.form == .hex && request.kind != .message ? frame.fullHeader(transcript.length(of: request.row)).bytes : []
        headerCount = header.count
        bytes = header + shown.span.copied()
        matches = pattern?.places(in: shown.span).map { $0.lowerBound + header.count..<$0.upperBound + header.count } ?? []
        // The code of a close is said in the heading, and is no text.
        let start = frame.opcode == .close && request.kind != .wire ? min(2, shown.count) : 0
        textStart = header.count + start
        let text = shown.span.extracting(start..<shown.count)
        let wrapped = self.form == .text ? Self.wrap(text, width: request.width, isASCII: request.isASCII, hasUnknownBytes) : []
        lines = wrapped.map { $0.lowerBound + start..<$0.upperBound + start }
    }

    var lineCount: Int {
        switch form {
        case .text: lines.count
        case .json: visible.count
        case .hex: (bytes.count + bytesPerLine - 1) / bytesPerLine
        }
    }

    /// As many as there is room for.
    var bytesPerLine: Int { HexDump.bytesPerLine(request.width) }

    /// The matches within a part of the bytes, counted from its beginning.
    func matches(in part: Range<Int>) -> [Range<Int>] {
        guard !matches.isEmpty else { return [] }
        let first = matches.partitioningIndex { $0.upperBound > part.lowerBound }
        return matches[first...].prefix { $0.lowerBound < part.upperBound }.map {
            let inside = $0.clamped(to: part)
            return inside.lowerBound - part.lowerBound..<inside.upperBound - part.lowerBound
        }
    }

    /// The line in which the first match stands; nil without one, or where it is folded.
    var firstMatchLine: Int? {
        guard let first = matches.first else { return nil }
        switch form {
        case .hex: return first.lowerBound / bytesPerLine
        case .text: return lines.firstIndex { $0.upperBound > first.lowerBound }
        case .json:
            guard let tree else { return nil }
            return visible.firstIndex { tree.rows[$0].value.upperBound > first.lowerBound && !tree.rows[$0].isContainer }
        }
    }

    /// The bytes of a line of text.
    func range(ofLine line: Int) -> Range<Int> { lines[line] }

    /// The row of the JSON tree that a line shows.
    func treeRow(_ line: Int) -> Int { visible[line] }

    // MARK: Making it

    private static func fill(
        _ shown: inout ByteBuffer, _ remark: inout String?, _ request: Request, _ transcript: Transcript, _ payloads: Payloads
    ) {
        let frame = transcript.rows[Int(request.row)]
        switch request.kind {
        case .wire:
            if let wire = payloads.wire(frame, limit: request.byteLimit) {
                shown = wire
                // What is compressed is kept without its mask.
                let isUnmasked = frame.isCompressed && frame.header.isMasked
                remark = (frame.isCompressed ? "compressed, " : "") + (isUnmasked ? "unmasked" : "as on the wire")
                if frame.header.isMasked, !isUnmasked { remark? += ", masked" }
            } else {
                remark = "the bytes on the wire were not kept"
            }
        case .payload:
            payloads.append(frame, limit: request.byteLimit, to: &shown)
            if frame.opcode == .close {
                let code = CloseBody(shown.span).code ?? transcript.details(of: request.row)?.closeCode
                remark = code.map { TimelineRow.close($0) } ?? (frame.isUnkept ? nil : "no code")
            }
            if frame.isCompressed, !frame.flags.contains(.storesContent) {
                remark = "deflated; the message is inflated with its last frame"
            } else if frame.isCompressed {
                remark = frame.isFragment ? "the whole message, inflated" : "inflated from \(Quantity.size(frame.length))"
            }
        case .message:
            let parts = transcript.frames(ofMessageOf: request.row)
            let last = transcript.rows[Int(parts.last ?? request.row)]
            if frame.isCompressed {
                if last.flags.contains(.storesContent) { payloads.append(last, limit: request.byteLimit, to: &shown) }
            } else {
                for part in parts where shown.count < request.byteLimit {
                    payloads.append(transcript.rows[Int(part)], limit: request.byteLimit - shown.count, to: &shown)
                }
            }
            remark =
                "\(Quantity.counted(UInt64(parts.count), "frame")) together"
                + (last.flags.contains(.endsMessage) ? "" : ", the end is missing")
        }
        if shown.count >= request.byteLimit {
            remark = (remark.map { "\($0); " } ?? "") + "only the first \(Quantity.size(UInt64(request.byteLimit)))"
        }
        if frame.flags.contains(.isCut), request.kind != .wire {
            remark = (remark.map { "\($0); " } ?? "") + (shown.isEmpty ? "not kept" : "not all of it was kept")
        }
    }

    private static func form(of bytes: Span<UInt8>, _ frame: FrameRow, isWire: Bool) -> PayloadForm {
        if isWire { return .hex }
        if frame.opcode == .close { return .text }
        if frame.messageOpcode == .text { return .text }
        guard frame.opcode.isControl else { return .hex }
        for index in 0..<bytes.count where bytes[index] < 0x20 || bytes[index] == 0x7F { return .hex }
        return UTF8Validator.isValid(bytes) ? .text : .hex
    }

    /// Lines as they are broken by the text itself, and by the width.
    static func wrap(_ bytes: Span<UInt8>, width: Int, isASCII: Bool, _ hasUnknownBytes: Bool = false) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        var scratch = ByteBuffer()
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            var from = start
            repeat {
                var safe = Look.safeText(max(8, width), isASCII: isASCII, hasUnknownBytes)
                scratch.removeAll()
                safe.append(bytes.extracting(from..<end), to: &scratch)
                let taken = max(1, safe.byteCount)
                lines.append(from..<min(end, from + taken))
                from += taken
            } while from < end
            start = end + 1
        }
        return lines
    }
}

extension FrameRow {
    /// The header with a length that may need more than 32 bits.
    func fullHeader(_ length: UInt64) -> FrameHeader {
        FrameHeader(first: first, second: second, maskingKey: maskingKey, length: length)
    }
}
