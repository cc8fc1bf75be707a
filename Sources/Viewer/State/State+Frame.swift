import JSON
import Terminal
import WebSocket

/// The frame screen.
extension State {
    mutating func changeFrame(_ action: Action) {
        if case .compare(var place) = screen { return changeComparison(&place, action) }
        guard case .frame(var place) = screen else { return }
        switch action {
        case .nextForm:
            place.form = nextForm(of: place.document)
            place.list = ListPlace()
        case .nextField, .previousField:
            let count = fields(of: place.row).count + 1
            place.field = (place.field + (action == .nextField ? 1 : count - 1)) % count
            // A field is chosen among bits that are seen.
            foldsHeader = false
        case .wire:
            let isFragment = transcript.rows[Int(place.row)].isFragment
            place.kind = place.kind == .payload ? .wire : place.kind == .wire && isFragment ? .message : .payload
            place.form = nil
            place.folded = []
            place.list = ListPlace()
        case .fold: foldAll(&place)
        case .open, .left, .right: fold(&place, action)
        default: break
        }
        screen = .frame(place)
    }

    /// Text, JSON, hex; without JSON where the bytes are none.
    private func nextForm(of document: FrameDocument?) -> PayloadForm {
        guard let document else { return .text }
        if document.form == .text, document.tree == nil, JSONTree(document.bytes.span) == nil { return .hex }
        return document.form.next
    }

    private mutating func changeComparison(_ place: inout ComparePlace, _ action: Action) {
        switch action {
        case .nextForm: place.form = (place.comparison?.form ?? .text).next(hasJSON: place.comparison?.isJSON ?? false)
        case .wire:
            place.kind = place.kind == .payload ? .wire : .payload
            place.form = nil
        default: break
        }
        place.list = ListPlace()
        screen = .compare(place)
    }

    func fields(of row: UInt32) -> [HeaderField] {
        let frame = transcript.rows[Int(row)]
        return HeaderField.all(of: frame.fullHeader(transcript.length(of: row)), from: frame.from, isCompressed: frame.isCompressed)
    }

    // MARK: The JSON tree

    private mutating func fold(_ place: inout FramePlace, _ action: Action) {
        guard let document = place.document, document.form == .json, let tree = document.tree, place.list.selected < document.lineCount
        else {
            if action == .left { screens.removeLast() }
            return
        }
        let row = document.treeRow(place.list.selected)
        let isFolded = place.folded.contains(row)
        switch action {
        case .open where tree.rows[row].isContainer, .right where tree.rows[row].isContainer:
            if isFolded { place.folded.remove(row) } else if action == .open { place.folded.insert(row) }
        case .left where tree.rows[row].isContainer && !isFolded && row > 0: place.folded.insert(row)
        case .left:
            // Out to what contains it.
            let depth = tree.rows[row].depth
            guard let parent = tree.rows[..<row].lastIndex(where: { $0.isContainer && $0.depth < depth }) else { break }
            place.list.selected = (0..<document.lineCount).first { document.treeRow($0) == parent } ?? 0
        default: break
        }
    }

    private func foldAll(_ place: inout FramePlace) {
        guard let tree = place.document?.tree else { return }
        let containers = tree.rows.indices.filter { $0 > 0 && tree.rows[$0].isContainer }
        place.folded = place.folded.isEmpty ? Set(containers) : []
        place.list = ListPlace()
    }

    // MARK: Making documents

    /// Makes the lines of what is shown, where something about them changed.
    mutating func prepareDocuments() {
        switch screen {
        case .frame(var place):
            let request = FrameDocument.Request(
                row: place.row, kind: place.kind, form: place.form, width: size.columns - 2, folded: place.folded, isASCII: look.isASCII,
                pattern: search?.pattern.key)
            guard place.document?.request != request else { return }
            place.document = FrameDocument(request, transcript, payloads, search?.pattern)
            if place.list == ListPlace(), let line = place.document?.firstMatchLine, line > 0 {
                // What was searched for is to be seen at once.
                place.list.selected = line
                place.list.top = max(0, line - 2)
            }
            if place.packets?.row != place.row { place.packets = FramePackets(place.row, transcript, payloads.reader) }
            screen = .frame(place)
        case .compare(var place):
            let request = Comparison.Request(
                left: place.left, right: place.right, kind: place.kind, form: place.form, width: size.columns, isASCII: look.isASCII)
            guard place.comparison?.request != request else { return }
            place.comparison = Comparison(request, transcript, payloads)
            screen = .compare(place)
        default: break
        }
    }

    /// Bytes that a detail shows at most: it is made with each key that moves the selection.
    private static let detailByteLimit = 32 << 10

    /// Makes the payload that stands beside or below a list.
    mutating func prepareDetail() {
        guard let size = Panes(self).detail, let row = selectedRow else {
            detail = nil
            return
        }
        let request = FrameDocument.Request(
            row: row, kind: .payload, width: size.columns - 2, isASCII: look.isASCII, pattern: search?.pattern.key,
            byteLimit: Self.detailByteLimit)
        guard detail?.request != request else { return }
        detail = FrameDocument(request, transcript, payloads, search?.pattern)
    }
}

extension PayloadForm {
    func next(hasJSON: Bool) -> PayloadForm { next == .json && !hasJSON ? .hex : next }
}
