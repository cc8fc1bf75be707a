import Bytes
import Channels

// What waits: for entries of the table (RFC 9204 §2.1.2), for settings, or for what shows where frames are after a gap.
extension HTTP3Session {
    /// Makes room for what is collected of a payload; false if too much waits already.
    func hold(_ byteCount: Int, _ reader: StreamReader) -> Bool {
        guard heldByteCount + byteCount <= limits.heldByteCount else { return false }
        heldByteCount += byteCount
        reader.collectedCost += byteCount
        return true
    }

    func unhold(_ reader: StreamReader) {
        heldByteCount -= reader.collectedCost
        reader.collectedCost = 0
    }

    /// Keeps bytes of a stream that waits; where too much waits already, the stream goes on without what it waits for.
    func hold(_ bytes: Span<UInt8>, at offset: UInt64, _ origin: Origin, _ reader: StreamReader, _ output: inout LayerOutput) {
        var position = 0
        while position < bytes.count {
            if reader.wait == nil {
                position = takeUp(
                    bytes, position, at: offset + UInt64(position), origin, reader, &output)
                continue
            }
            let rest = bytes.extracting(position..<bytes.count)
            if heldByteCount + rest.count <= limits.heldByteCount {
                let content = StreamReader.Event.Content.bytes(rest.copied(), origin)
                return hold(StreamReader.Event(offset: offset + UInt64(position), content: content), reader, &output)
            }
            if case .chain = reader.wait, reader.nextEvent == nil {
                reader.wait = nil
                return reader.addMissing(UInt64(rest.count))
            }
            giveUpWaiting(reader, &output)
        }
    }

    /// Keeps what happens to a stream that waits.
    func hold(_ event: StreamReader.Event, _ reader: StreamReader, _ output: inout LayerOutput) {
        heldByteCount += event.cost
        reader.waiting.append(event)
        goOn(reader, &output)
    }

    /// Takes up what waited, as long as nothing else must be waited for.
    func goOn(_ reader: StreamReader, _ output: inout LayerOutput) {
        while let event = reader.nextEvent {
            if let wait = reader.wait {
                guard case .chain(let end, _) = wait, let isFrame = judge(reader, from: end) else { return }
                endChain(reader, isFrame: isFrame)
                continue
            }
            switch event.content {
            case .bytes(let bytes, let origin):
                let start = reader.waitingStart
                let end = takeUp(
                    bytes.span, start, at: event.offset + UInt64(start), origin, reader, &output)
                if end == bytes.count { remove(event, reader) } else { reader.waitingStart = end }
            case .gap(let count, _):
                remove(event, reader)
                lose(count, isBeginning: false, reader, &output)
            case .end(let abort, let mark):
                remove(event, reader)
                end(reader, abort, at: mark, &output)
            }
        }
    }

    private func remove(_ event: StreamReader.Event, _ reader: StreamReader) {
        heldByteCount -= event.cost
        reader.removeEvent()
    }

    // MARK: Sections that wait

    /// The fewest entries that a stream waits for.
    func fewestAwaited(_ direction: Direction) -> UInt64 {
        var fewest = UInt64.max
        for reader in blocked[direction] { if case .entries(let count) = reader.wait { fewest = min(fewest, count) } }
        return fewest
    }

    /// Goes on with the streams whose entries have come, or will not come any more.
    func releaseBlocked(_ direction: Direction, _ output: inout LayerOutput) {
        guard !blocked[direction].isEmpty else { return }
        let count = decoders[direction].settledCount
        let isSettled = decoders[direction].capacity != .awaited
        let released = blocked[direction].filter { reader in
            switch reader.wait {
            case .entries(let needed): isFinished || needed <= count
            default: isFinished || isSettled
            }
        }
        for reader in released {
            // Another one's end may have ended it too.
            guard reader.waitingSection != nil else { continue }
            takeWaitingSection(reader, isFinal: isFinished, &output)
            goOn(reader, &output)
        }
    }

    /// Reads a section that has waited; if it is final, with what there is of the entries that it refers to.
    func takeWaitingSection(_ reader: StreamReader, isFinal: Bool, _ output: inout LayerOutput) {
        guard let (isPromise, origin, end) = reader.waitingSection else { return }
        var required: UInt64?
        if case .entries(let count) = reader.wait { required = count }
        var block = ByteBuffer()
        swap(&block, &reader.collected)
        let cost = reader.collectedCost
        unblock(reader)
        switch decoders[reader.direction].decode(block.span, of: reader.stream, required: required, isFinal: isFinal) {
        case .section(let section): return handOn(section, isPromise: isPromise, origin, end: end, reader, &output)
        case .waits(let count): reader.wait = .entries(count)
        case .waitsForSettings: reader.wait = .settings
        }
        swap(&block, &reader.collected)
        heldByteCount += cost
        reader.collectedCost = cost
        reader.waitingSection = (isPromise, origin, end)
        blocked[reader.direction].append(reader)
    }

    private func unblock(_ reader: StreamReader) {
        reader.wait = nil
        unhold(reader)
        guard reader.waitingSection != nil else { return }
        reader.waitingSection = nil
        blocked[reader.direction].removeAll { $0 === reader }
    }

    /// What a stream waits for is not waited for any longer.
    func giveUpWaiting(_ reader: StreamReader, _ output: inout LayerOutput) {
        if case .chain = reader.wait {
            endChain(reader, isFrame: false)
        } else {
            takeWaitingSection(reader, isFinal: true, &output)
        }
        goOn(reader, &output)
    }

    /// Forgets what a stream holds.
    func drop(_ reader: StreamReader) {
        while let event = reader.nextEvent { remove(event, reader) }
        reader.collected.removeAll(keepingAtMost: 0)
        unblock(reader)
    }

    // MARK: Frames after a gap

    /// Bytes of a stream begin a frame, or not.
    private func endChain(_ reader: StreamReader, isFrame: Bool) {
        reader.wait = nil
        if isFrame {
            reader.stage = .request
        } else if let event = reader.nextEvent, case .bytes(let bytes, _) = event.content {
            reader.addMissing(UInt64(bytes.count - reader.waitingStart))
            remove(event, reader)
        }
    }

    /// Whether frames, the last of which ends at this offset, are some (`FrameChain`); nil if more bytes are needed.
    private func judge(_ reader: StreamReader, from end: UInt64) -> Bool? {
        guard case .chain(_, var frameCount) = reader.wait, let first = reader.nextEvent else { return nil }
        var end = end
        while true {
            let event = reader.waiting[reader.lastWaiting(upTo: end)]
            switch event.content {
            case .bytes(let bytes, _):
                if event.offset == end {
                    if frameCount >= FrameChain.convincingCount { return true }
                    if let begins = FrameChain.begins(bytes.span) { return begins }
                }
                guard event.offset < end, end - event.offset < UInt64(bytes.count) else {
                    if end == event.offset + UInt64(bytes.count), frameCount >= FrameChain.convincingCount { return true }
                    reader.wait = .chain(end: end, frameCount: frameCount)
                    return nil
                }
                guard frameCount < FrameChain.longestCount, let header = FrameHeader(bytes.span, at: Int(end - event.offset)),
                    FrameChain.isPlausible(header)
                else { return false }
                end += UInt64(header.byteCount) + header.length
                frameCount += 1
                if end - first.offset > FrameChain.longest { return false }
            case .gap(let count, _):
                if event.offset == end { return frameCount >= FrameChain.convincingCount }
                if end - event.offset < count { return false }
                reader.wait = .chain(end: end, frameCount: frameCount)
                return nil
            case .end: return event.offset == end
            }
        }
    }
}

extension StreamReader {
    /// The index of the last event that is not after this offset. There is one.
    fileprivate func lastWaiting(upTo offset: UInt64) -> Int {
        var range = waitingHead..<waiting.count
        while range.count > 1 {
            let middle = range.lowerBound + range.count / 2
            range = waiting[middle].offset > offset ? range.lowerBound..<middle : middle..<range.upperBound
        }
        return range.lowerBound
    }
}
