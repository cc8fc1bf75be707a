import Bytes
import Channels

// HEADERS, PUSH_PROMISE, and the CONTINUATION frames after them (RFC 9113 §6.2, §6.6, §6.10).
extension HTTP2Session {
    /// A field block with all its frames; false if they are not all there yet.
    func takeBlock(
        _ header: FrameHeader, _ bytes: Span<UInt8>, _ position: inout Int, _ direction: Direction, _ output: inout LayerOutput
    ) -> Bool {
        let start = position
        var walk = withHalf(direction) { $0.walk } ?? (byteCount: FrameHeader.byteCount + header.length, isWhole: header.endsHeaders)
        withHalf(direction) { $0.walk = nil }
        while !walk.isWhole, walk.byteCount <= blockLimit, start + walk.byteCount <= bytes.count,
            let next = FrameHeader(bytes, at: start + walk.byteCount)
        {
            guard next.kind == .continuation, next.stream == header.stream else {
                // Nothing else may come before its end (RFC 9113 §4.3): the block ends here.
                position = start + walk.byteCount
                lose(header, direction)
                return true
            }
            walk = (walk.byteCount + FrameHeader.byteCount + next.length, next.endsHeaders)
        }
        if walk.byteCount > blockLimit { return abandon(header, &position, direction, &output) }
        guard walk.isWhole, bytes.count - start >= walk.byteCount else {
            withHalf(direction) { $0.walk = walk }
            return false
        }
        position = start + walk.byteCount
        read(header, bytes.extracting(start..<position), from: start..<position, direction, &output)
        return true
    }

    /// With the headers of frames, of which there may be many.
    private var blockLimit: Int { max(limits.headByteCount, 64 << 10) }

    /// Gives up a block that is longer than the limit.
    private func abandon(
        _ header: FrameHeader, _ position: inout Int, _ direction: Direction, _ output: inout LayerOutput
    ) -> Bool {
        withHalf(direction) { half in
            half.isSkippingBlock = !header.endsHeaders
            half.tally.otherCount += 1
            half.tally.blockByteCount += UInt64(header.length)
            if header.length > 0 {
                half.payload = Half.Payload(content: .nothing, remaining: header.length, padding: 0, endsStream: false)
            }
        }
        position += FrameHeader.byteCount
        output.note(
            StreamOddity(.headTooLong, found: "more than \(blockLimit) bytes"), of: UInt64(header.stream), direction)
        lose(header, direction)
        return true
    }

    /// Goes on after a block that is not read.
    private func lose(_ header: FrameHeader, _ direction: Direction) {
        withHalf(direction) { $0.blocks.lose() }
        if header.kind == .headers, header.stream > 0, streams[header.stream] == nil, closed[header.stream] == nil {
            open(header.stream, direction)
        }
    }

    /// Reads the frames of a whole block.
    private func read(
        _ header: FrameHeader, _ frames: Span<UInt8>, from source: Range<Int>, _ direction: Direction, _ output: inout LayerOutput
    ) {
        let first = frames.extracting(FrameHeader.byteCount..<FrameHeader.byteCount + header.length)
        withHalf(direction) { half in
            half.tally.otherCount += 1
            half.tally.blockByteCount += UInt64(header.length)
        }
        guard let fragment = fragment(of: header, first, direction, &output) else {
            return withHalf(direction) { $0.blocks.lose() }
        }
        let promised =
            header.kind == .pushPromise && first.count >= fragment.lowerBound && fragment.lowerBound >= 4
            ? first.uint32BE(at: fragment.lowerBound - 4) & 0x7FFF_FFFF : nil
        var section: FieldSection
        if header.endsHeaders {
            section = withHalf(direction) { $0.blocks.decode(first.extracting(fragment)) }
        } else {
            var block = ByteBuffer()
            block.append(first.extracting(fragment))
            var next = FrameHeader.byteCount + header.length
            while let more = FrameHeader(frames, at: next) {
                next += FrameHeader.byteCount
                block.append(frames.extracting(next..<next + more.length))
                withHalf(direction) { half in
                    half.tally.otherCount += 1
                    half.tally.blockByteCount += UInt64(more.length)
                }
                next += more.length
            }
            section = withHalf(direction) { $0.blocks.decode(block.span) }
        }
        placeBlock(
            header, frames, at: source.lowerBound, fragment: fragment, of: UInt64(promised ?? header.stream), isWhole: !section.isMalformed,
            direction, &output)
        if header.kind == .pushPromise {
            if client == nil { client = direction.opposite }
            if let promised, streams.count < limits.streamCount { open(promised, direction, isPushed: true) }
            return
        }
        takeHead(&section, header, from: source, direction, &output)
    }

    /// Where the block is in the first of its frames, without padding, priority and promised stream; nil if that is not possible.
    private func fragment(
        of header: FrameHeader, _ payload: Span<UInt8>, _ direction: Direction, _ output: inout LayerOutput
    ) -> Range<Int>? {
        var range = 0..<payload.count
        if header.isPadded {
            guard !payload.isEmpty else { return nil }
            let padding = Int(payload[0])
            guard padding + 1 <= payload.count else {
                output.note(
                    StreamOddity(
                        .padding, expected: "less than \(payload.count) bytes of padding", found: "\(padding) bytes of padding"),
                    of: UInt64(header.stream), direction)
                return nil
            }
            range = 1..<payload.count - padding
        }
        let skipped = header.kind == .pushPromise ? 4 : header.hasPriority ? 5 : 0
        guard range.count >= skipped else { return nil }
        withHalf(direction) { $0.tally.blockPaddingByteCount += UInt64(payload.count - range.count + skipped) }
        return range.lowerBound + skipped..<range.upperBound
    }

    private func takeHead(
        _ section: inout FieldSection, _ header: FrameHeader, from source: Range<Int>, _ direction: Direction, _ output: inout LayerOutput
    ) {
        let stream = header.stream
        guard stream > 0, mayCarry(stream, direction, "HEADERS", &output) else { return }
        findClient(section, direction)
        if section.isCut {
            output.note(
                StreamOddity(.headTooLong, found: "more than \(limits.headByteCount) bytes"), of: UInt64(stream), direction)
        }
        if streams[stream]?.isPushed == true {
            if header.endsStream { endStream(stream, direction, &output) }
            return
        }
        if direction == client {
            section.isAnnounced =
                isWhole ? withHalf(direction.opposite) { $0.hasSettings ? $0.settings.enablesConnect ?? false : nil } : nil
        } else {
            section.isAfterGap = withHalf(direction) { $0.gapCount } > 0
            // Content comes after the answer, so none is missing.
            if section.isFinalAnswer { streams[stream]?.gapCount[direction] = withHalf(direction) { $0.gapCount } }
        }
        output.head(section, from: source, of: UInt64(stream), direction)
        if header.endsStream { endStream(stream, direction, &output) }
    }

    /// A request shows who the client is, and so does an answer.
    private func findClient(_ section: FieldSection, _ direction: Direction) {
        guard client == nil, let name = section.fields.first?.name else { return }
        client = name == Array(":status".utf8) ? direction.opposite : name.first == UInt8(ascii: ":") ? direction : nil
    }
}

extension FieldSection {
    /// It answers a request, and is not one of those that announce an answer.
    fileprivate var isFinalAnswer: Bool {
        guard let first = fields.first, let name = first.name, name.span.matches(":status"), let value = first.value else { return false }
        return value.first != UInt8(ascii: "1")
    }
}
