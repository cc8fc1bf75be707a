import Bytes
import Channels

// Where parts of frames stand, if that is wanted.
extension HTTP2Session {
    @inline(__always)
    func placeStructure(_ range: Range<Int>, _ direction: Direction, _ output: inout LayerOutput) {
        if isLocating { output.locate(.structure(range), direction) }
    }

    /// Padding must be zeros (RFC 9113 §6.1); where it is something else, that may say something.
    func placePadding(_ range: Range<Int>, _ bytes: Span<UInt8>, _ direction: Direction, _ output: inout LayerOutput) {
        guard isLocating, range.allSatisfy({ bytes[$0] == 0 }) else { return }
        output.locate(.structure(range), direction)
    }

    /// A block that was decoded just now.
    ///
    /// - Parameters:
    ///   - frames: the bytes of its frames, which begin at `start`.
    ///   - fragment: where it is in the payload of the first.
    ///   - isWhole: all of it was understood. Of any other only what divides it into frames is placed.
    func placeBlock(
        _ header: FrameHeader, _ frames: Span<UInt8>, at start: Int, fragment: Range<Int>, of stream: UInt64, isWhole: Bool,
        _ direction: Direction, _ output: inout LayerOutput
    ) {
        guard isLocating else { return }
        let first = start + FrameHeader.byteCount
        let payloadEnd = first + header.length
        output.locate(.structure(start..<first + fragment.lowerBound), direction)
        let padding = first + fragment.upperBound..<payloadEnd
        if padding.allSatisfy({ frames[$0 - start] == 0 }), !padding.isEmpty { output.locate(.structure(padding), direction) }
        var block = FieldBlock(stream: stream, ranges: [first + fragment.lowerBound..<first + fragment.upperBound])
        var next = payloadEnd
        while let more = FrameHeader(frames, at: next - start) {
            output.locate(.structure(next..<next + FrameHeader.byteCount), direction)
            next += FrameHeader.byteCount
            block.ranges.append(next..<next + more.length)
            next += more.length
        }
        guard isWhole else { return }
        let (texts, references) = withHalf(direction) { ($0.blocks.texts ?? [], $0.blocks.references) }
        block.references = Set(references)
        var places = BlockPlaces(block.ranges)
        for text in texts {
            var placed = text
            placed.prefix = places.place(of: text.prefix)
            placed.ranges = text.ranges.flatMap { places.places(of: $0) }
            block.texts.append(placed)
        }
        output.locate(.block(block), direction)
    }
}

/// Where bytes of a block stand that frames divide. They are asked for from the first on.
private struct BlockPlaces {
    private let parts: [Range<Int>]
    /// The part that was found last, and where it begins in the block.
    private var part = 0
    private var start = 0

    init(_ parts: [Range<Int>]) { self.parts = parts }

    /// Where a byte of the block stands.
    mutating func place(of offset: Int) -> Int { places(of: offset..<offset + 1).first?.lowerBound ?? 0 }

    /// Where a range of the block stands.
    mutating func places(of range: Range<Int>) -> [Range<Int>] {
        while part < parts.count, start + parts[part].count <= range.lowerBound {
            start += parts[part].count
            part += 1
        }
        var places: [Range<Int>] = []
        var begin = start
        for part in parts[part...] {
            guard begin < range.upperBound else { break }
            let low = max(range.lowerBound, begin)
            let high = min(range.upperBound, begin + part.count)
            if low < high { places.append(part.lowerBound + low - begin..<part.lowerBound + high - begin) }
            begin += part.count
        }
        return places
    }
}
