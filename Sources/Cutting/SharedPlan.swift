import Bytes
import Channels
import Inspection
import Redaction
import WebSocket

/// What becomes of a TCP connection that several streams share: what is wanted stays, what others say is overwritten, and what neither
/// says stays, so that frames and header blocks are read as before.
final class SharedPlan {
    private struct StreamDirection: Hashable {
        var stream: UInt64
        var isFromLow: Bool
    }

    private struct Part {
        var isFromLow: Bool
        var kind: StreamPart.Kind
    }

    private var parts: [Part] = []
    /// Streams that are wanted.
    private var wanted: Set<UInt64> = []
    /// What becomes of the content of streams, by its own offsets; what has no plan here is overwritten.
    private var contents: [StreamDirection: StreamPlan] = [:]
    private var isClientLow: Bool?
    /// Bytes that the plan takes, for a limit on all plans.
    private(set) var byteCount = 0
    private let finder: SecretFinder?

    /// - Parameter names: of secrets that are to be overwritten in what is wanted, too.
    init(_ names: SecretNames?) { finder = names.map { SecretFinder($0) } }

    func add(_ part: StreamPart) {
        if let isClientLow = part.isClientLow { self.isClientLow = isClientLow }
        // Bytes that say nothing come one after the other, as a rule.
        if case .structure(let range) = part.kind, let last = parts.indices.last, parts[last].isFromLow == part.isFromLow,
            case .structure(let before) = parts[last].kind, before.upperBound == range.lowerBound
        {
            parts[last].kind = .structure(before.lowerBound..<range.upperBound)
            return
        }
        parts.append(Part(isFromLow: part.isFromLow, kind: part.kind))
        byteCount += MemoryLayout<Part>.stride
        if case .block(let block) = part.kind { byteCount += Self.byteCount(of: block) }
    }

    private static func byteCount(of block: FieldBlock) -> Int {
        block.texts.reduce(block.references.count * 16 + block.ranges.count * 16) { $0 + 100 + $1.value.count }
    }

    func want(_ stream: UInt64) { wanted.insert(stream) }
    func isWanted(_ stream: UInt64) -> Bool { wanted.contains(stream) }

    /// What becomes of the content of one direction of a stream, which its frames say.
    subscript(stream: UInt64, from side: Side) -> StreamPlan {
        get { contents[key(stream, side)] ?? StreamPlan() }
        _modify {
            let key = key(stream, side)
            var plan = contents.removeValue(forKey: key) ?? StreamPlan()
            let before = plan.byteCount
            defer {
                byteCount += plan.byteCount - before
                contents[key] = plan
            }
            yield &plan
        }
    }

    private func key(_ stream: UInt64, _ side: Side) -> StreamDirection {
        StreamDirection(stream: stream, isFromLow: (side == .client) == (isClientLow ?? true))
    }

    // MARK: The whole

    /// Writes the plan of both directions, once nothing more is added.
    func finish(into flow: CutPlan.FlowPlan, _ removed: inout Removed) {
        for key in contents.keys { contents[key]?.finish() }
        for isFromLow in [true, false] {
            let own = parts.filter { $0.isFromLow == isFromLow }
            var needed: Set<Int> = []
            for case .block(let block) in own.map(\.kind) where wanted.contains(block.stream) { needed.formUnion(block.references) }
            for part in own { write(part, needed, into: &flow[isFromLow: isFromLow], &removed) }
        }
        parts = []
        contents = [:]
    }

    private func write(_ part: Part, _ needed: Set<Int>, into plan: inout StreamPlan, _ removed: inout Removed) {
        switch part.kind {
        case .structure(let range): plan.add(range, .keep)
        case .content(let range, let stream, let offset):
            if wanted.contains(stream), finder == nil { return plan.add(range, .keep) }
            guard let content = contents[StreamDirection(stream: stream, isFromLow: part.isFromLow)] else { return }
            content.copy(offset..<offset + UInt64(range.count), to: range.lowerBound, of: &plan)
        case .block(let block): write(block, needed, into: &plan, &removed)
        }
    }

    // MARK: Field blocks

    /// Fields that say how a stream is to be read.
    private static let harmless: Set<[UInt8]> = Set(
        [":method", ":scheme", ":status", ":protocol", "content-length", "sec-websocket-version", "sec-websocket-extensions"].map {
            Array($0.utf8)
        })

    private func write(_ block: FieldBlock, _ needed: Set<Int>, into plan: inout StreamPlan, _ removed: inout Removed) {
        var concealed: [Range<Int>: [UInt8]] = [:]
        for text in block.texts where isConcealed(text, of: block.stream, needed, &removed) {
            // Without Huffman coding, so that as many bytes are as many characters.
            concealed[text.prefix..<text.prefix + 1] = [text.prefixByte & 0x7F]
            for range in text.ranges { concealed[range] = Array(repeating: Marker.filler, count: range.count) }
        }
        var changes = concealed.sorted { $0.key.lowerBound < $1.key.lowerBound }[...]
        for range in block.ranges {
            var start = range.lowerBound
            while let change = changes.first, change.key.lowerBound < range.upperBound {
                plan.add(UInt64(start)..<UInt64(change.key.lowerBound), .keep)
                plan.add(at: UInt64(change.key.lowerBound), replacement: change.value)
                start = change.key.upperBound
                changes = changes.dropFirst()
            }
            plan.add(UInt64(start)..<UInt64(range.upperBound), .keep)
        }
    }

    private func isConcealed(_ text: FieldBlock.Text, of stream: UInt64, _ needed: Set<Int>, _ removed: inout Removed) -> Bool {
        guard text.ranges.contains(where: { !$0.isEmpty }) else { return false }
        // Nobody has looked at all of it.
        if text.isCut { return true }
        if var finder, let name = text.name {
            let secrets = finder.find(inHeader: String(decoding: name, as: UTF8.self), text.value.span)
            if !secrets.isEmpty {
                removed.count(secrets)
                return true
            }
        } else if finder != nil {
            return true
        }
        if wanted.contains(stream) || needed.contains(text.number) { return false }
        return !Self.harmless.contains(text.name ?? [])
    }
}
