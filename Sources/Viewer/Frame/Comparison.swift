import Bytes
import Differences
import JSON
import Text

/// Two frames side by side: their lines paired, and what differs in each pair.
struct Comparison: Sendable {
    struct Request: Hashable, Sendable {
        var left: UInt32
        var right: UInt32
        var kind: ContentKind
        var form: PayloadForm?
        /// Of the whole screen.
        var width: Int
        var isASCII = false
    }

    /// A line of the screen: on either side a part of a document, nil where the other side has a line more.
    struct Row: Sendable {
        var left: Part?
        var right: Part?
        var isSame: Bool
    }

    struct Part: Sendable {
        /// The bytes that are shown.
        var range: Range<Int>
        /// Columns before them.
        var indent = 0
        /// What is not on the other side, from the beginning of `range`.
        var differences: [Range<Int>] = []
        /// The digits are shown, from this offset on.
        var isHex = false
    }

    let request: Request
    let documents: [FrameDocument]
    let form: PayloadForm
    /// Both are JSON.
    let isJSON: Bool
    private(set) var lines: [Row] = []

    /// Columns of one side.
    static func columns(_ width: Int) -> Int { (width - 3) / 2 - 1 }

    init(_ request: Request, _ transcript: Transcript, _ payloads: Payloads) {
        self.request = request
        let columns = Self.columns(request.width)
        func documents(_ form: PayloadForm?) -> [FrameDocument] {
            [request.left, request.right].map {
                FrameDocument(
                    FrameDocument.Request(row: $0, kind: request.kind, form: form, width: columns, isASCII: request.isASCII), transcript,
                    payloads)
            }
        }
        var made = documents(request.form)
        isJSON = documents(.json).allSatisfy { $0.tree != nil }
        // Both in the same form, or they could not be compared.
        if made[0].form != made[1].form { made = documents(made.contains { $0.form == .hex } ? .hex : .text) }
        self.documents = made
        form = made[0].form
        switch form {
        case .hex: lines = hexRows(made[0].bytesPerLine)
        case .text, .json: lines = textRows(columns)
        }
    }

    // MARK: Hex: byte by byte, at the same offsets

    private func hexRows(_ bytesPerLine: Int) -> [Row] {
        let (a, b) = (documents[0].bytes, documents[1].bytes)
        return stride(from: 0, to: max(a.count, b.count), by: bytesPerLine).map { start in
            func part(_ own: [UInt8], _ other: [UInt8]) -> Part? {
                guard start < own.count else { return nil }
                let range = start..<min(own.count, start + bytesPerLine)
                let different = range.filter { $0 >= other.count || other[$0] != own[$0] }.map { $0 - start..<$0 - start + 1 }
                return Part(range: range, differences: different, isHex: true)
            }
            let (left, right) = (part(a, b), part(b, a))
            return Row(left: left, right: right, isSame: left?.differences.isEmpty ?? false && right?.differences.isEmpty ?? false)
        }
    }

    // MARK: Lines of text, or of a JSON tree

    private struct SourceLine: Hashable {
        var range: Range<Int>
        var indent: Int
        var bytes: ArraySlice<UInt8>

        static func == (a: SourceLine, b: SourceLine) -> Bool { a.indent == b.indent && a.bytes == b.bytes }

        func hash(into hasher: inout Hasher) {
            hasher.combine(indent)
            hasher.combine(bytes)
        }
    }

    private func sourceLines(_ document: FrameDocument) -> [SourceLine] {
        if let tree = document.tree {
            return tree.rows.map { row in
                let range = (row.name?.lowerBound ?? row.value.lowerBound)..<row.value.upperBound
                return SourceLine(range: range, indent: min(row.depth, 20) * 2, bytes: document.bytes[range])
            }
        }
        var lines: [SourceLine] = []
        var start = document.textStart
        while start < document.bytes.count {
            let end = document.bytes[start...].firstIndex(of: 0x0A) ?? document.bytes.count
            lines.append(SourceLine(range: start..<end, indent: 0, bytes: document.bytes[start..<end]))
            start = end + 1
        }
        return lines
    }

    private func textRows(_ columns: Int) -> [Row] {
        let (a, b) = (sourceLines(documents[0]), sourceLines(documents[1]))
        var rows: [Row] = []
        var (i, j) = (0, 0)
        for (nextA, nextB) in Difference.common(a, b) + [(a.count, b.count)] {
            // Between what both have, lines are paired as they come.
            while i < nextA || j < nextB {
                let left = i < nextA ? a[i] : nil
                let right = j < nextB ? b[j] : nil
                rows += self.rows(left, right, columns)
                if left != nil { i += 1 }
                if right != nil { j += 1 }
            }
            guard nextA < a.count, nextB < b.count else { break }
            rows += self.rows(a[nextA], b[nextB], columns)
            (i, j) = (nextA + 1, nextB + 1)
        }
        return rows
    }

    private func rows(_ left: SourceLine?, _ right: SourceLine?, _ columns: Int) -> [Row] {
        let isSame = left == right
        var differences: (a: [Range<Int>], b: [Range<Int>]) = ([], [])
        if !isSame, let left, let right { differences = Difference.words(left.bytes, right.bytes) }
        let parts = [
            left.map { self.parts($0, documents[0], differences.a, columns) } ?? [],
            right.map { self.parts($0, documents[1], differences.b, columns) } ?? [],
        ]
        return (0..<max(parts[0].count, parts[1].count)).map { index in
            Row(
                left: index < parts[0].count ? parts[0][index] : nil, right: index < parts[1].count ? parts[1][index] : nil,
                isSame: isSame)
        }
    }

    /// A line broken where its side of the screen ends, with nothing lost.
    private func parts(_ line: SourceLine, _ document: FrameDocument, _ differences: [Range<Int>], _ columns: Int) -> [Part] {
        guard !line.range.isEmpty else { return [Part(range: line.range)] }
        let span = document.bytes.span.extracting(line.range)
        let indent = min(line.indent, columns / 2)
        return FrameDocument.wrap(span, width: columns - indent, isASCII: request.isASCII, document.hasUnknownBytes).map { piece in
            let inside = differences.filter { $0.overlaps(piece) }.map {
                let part = $0.clamped(to: piece)
                return part.lowerBound - piece.lowerBound..<part.upperBound - piece.lowerBound
            }
            return Part(
                range: piece.lowerBound + line.range.lowerBound..<piece.upperBound + line.range.lowerBound, indent: indent,
                differences: inside)
        }
    }
}
