import Bytes
import Channels

// Where parts of frames stand, if that is wanted.
extension HTTP2Session {
    @inline(__always)
    func placeStructure(_ range: Range<Int>, _ direction: Direction, _ output: inout LayerOutput) {
        if isLocating { output.place(.structure(range), direction) }
    }

    /// Padding must be zeros (RFC 9113 §6.1); where it is something else, that may say something.
    func placePadding(_ range: Range<Int>, _ bytes: Span<UInt8>, _ direction: Direction, _ output: inout LayerOutput) {
        guard isLocating, range.allSatisfy({ bytes[$0] == 0 }) else { return }
        output.place(.structure(range), direction)
    }

    /// A block that was decoded just now.
    ///
    /// - Parameters:
    ///   - frames: the bytes of its frames, which begin at `start`.
    ///   - fragment: where it is in the payload of the first.
    func placeBlock(
        _ header: FrameHeader, _ frames: Span<UInt8>, at start: Int, fragment: Range<Int>, of stream: UInt64, _ direction: Direction,
        _ output: inout LayerOutput
    ) {
        guard isLocating else { return }
        let first = start + FrameHeader.byteCount
        let payloadEnd = first + header.length
        output.place(.structure(start..<first + fragment.lowerBound), direction)
        let padding = first + fragment.upperBound..<payloadEnd
        if padding.allSatisfy({ frames[$0 - start] == 0 }), !padding.isEmpty { output.place(.structure(padding), direction) }
        var block = FieldBlock(stream: stream, ranges: [first + fragment.lowerBound..<first + fragment.upperBound])
        var next = payloadEnd
        while let more = FrameHeader(frames, at: next - start) {
            output.place(.structure(next..<next + FrameHeader.byteCount), direction)
            next += FrameHeader.byteCount
            block.ranges.append(next..<next + more.length)
            next += more.length
        }
        let (texts, references) = withHalf(direction) { ($0.blocks.texts ?? [], $0.blocks.references) }
        block.references = references
        for text in texts {
            var placed = text
            placed.prefix = block.place(text.prefix)
            placed.ranges = text.ranges.flatMap { block.places($0) }
            block.texts.append(placed)
        }
        output.place(.block(block), direction)
    }
}

extension FieldBlock {
    /// Where a byte of the block stands.
    fileprivate func place(_ offset: Int) -> Int { places(offset..<offset + 1).first?.lowerBound ?? 0 }

    /// Where a range of the block stands.
    fileprivate func places(_ range: Range<Int>) -> [Range<Int>] {
        var places: [Range<Int>] = []
        var start = 0
        for part in ranges {
            let low = max(range.lowerBound, start)
            let high = min(range.upperBound, start + part.count)
            if low < high { places.append(part.lowerBound + low - start..<part.lowerBound + high - start) }
            start += part.count
        }
        return places
    }
}
