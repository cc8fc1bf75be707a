import Bytes
import Channels

// Bytes of streams that came before others, and what becomes of those that are missing.
extension QUICConnection {
    /// Directions of streams that are looked at with each datagram.
    private static let reviewCount = 8
    /// So long after it is certain that bytes were not captured, they may still come where packets of the two ends were swapped.
    private static let grace = (datagrams: UInt64(8), nanoseconds: Int64(10_000_000))
    /// So long after packets were acknowledged that were not captured, what is missing was not sent again.
    private static let likely = (datagrams: UInt64(512), nanoseconds: Int64(2_000_000_000))
    /// The same where no such packet is known.
    private static let last = (datagrams: UInt64(4_096), nanoseconds: Int64(10_000_000_000))

    func hold(
        _ bytes: Span<UInt8>, of stream: QUICStream, at offset: UInt64, _ suspects: Range<UInt64>, _ packet: Packet,
        _ output: inout LayerOutput
    ) {
        let sender = sender(packet.direction)
        let direction = sender.direction
        let (repeatedCount, cost) = stream.withHalf(direction) { half in
            half.held.insert(bytes, at: offset, mark: packet.mark, suspects: suspects)
        }
        sender.traffic.repeatedByteCount &+= UInt64(repeatedCount)
        sender.heldCost += cost
        if stream.withHalf(direction, { $0.gap == nil }) {
            let age = StreamHalf.GapAge(datagram: datagramCount, time: packet.mark.time.nanoseconds)
            stream.withHalf(direction) { half in
                half.gap = age
                half.gapIndex = sender.gapped.count
            }
            sender.gapped.append(stream)
        }
        while stream.withHalf(direction, { $0.held.runs.count > HeldRuns.limit }) {
            giveUp(stream, direction, isCertain: false, at: packet.mark, &output)
        }
        while sender.heldCost > limits.heldByteCount, let other = sender.gapped.first {
            giveUp(other, direction, isCertain: false, at: packet.mark, &output)
        }
    }

    /// Hands on what follows, where bytes came that were missing before it.
    func deliverHeld(of stream: QUICStream, _ direction: Direction, _ output: inout LayerOutput) {
        let (runs, next) = stream.withHalf(direction) { half in (half.held.isEmpty ? [] : half.held.take(from: half.next), half.next) }
        guard !runs.isEmpty else { return }
        var position = next
        for run in runs {
            sender(direction).heldCost -= run.cost
            position = deliver(run, of: stream.id, from: position, direction, &output)
        }
        let closedIndex = stream.withHalf(direction) { half -> Int? in
            half.next = position
            // Another gap may follow, which is as old as this datagram.
            half.gap?.isCertain = false
            half.gap?.datagram = datagramCount
            guard half.held.isEmpty else { return nil }
            half.gap = nil
            return half.gapIndex.take()
        }
        if let closedIndex { sender(direction).removeGapped(at: closedIndex) }
    }

    /// Hands on a run as far as it goes beyond `position`, and returns how far everything has come then.
    private func deliver(
        _ run: HeldRuns.Run, of stream: UInt64, from position: UInt64, _ direction: Direction, _ output: inout LayerOutput
    ) -> UInt64 {
        var position = position
        for index in run.pieces.indices {
            let end = index + 1 < run.pieces.count ? run.pieces[index + 1].start : run.end
            guard end > position else { continue }
            let bytes = run.bytes.span.extracting(Int(position - run.start)..<Int(end - run.start))
            streamLayer.take(bytes, of: stream, from: direction, at: position, run.pieces[index].mark, into: &output)
            position = end
        }
        return position
    }

    /// Decides that the bytes before the first ones that are held will not come.
    ///
    /// - Parameter isCertain: the receiver has them, as its acknowledgements show.
    private func giveUp(_ stream: QUICStream, _ direction: Direction, isCertain: Bool, at mark: PacketMark, _ output: inout LayerOutput) {
        guard let (first, next) = stream.withHalf(direction, { half in half.held.first.map { ($0, half.next) } }) else { return }
        if first.start > next {
            let count = first.start - next
            streamLayer.noteGap(count, of: stream.id, from: direction, at: first.pieces.first?.mark ?? mark, into: &output)
            stream.withHalf(direction) { half in
                half.next = first.start
                if isCertain { half.acknowledge(next, count) }
            }
        }
        deliverHeld(of: stream, direction, &output)
        endIfComplete(stream, direction, &output)
    }

    /// Looks at some of the gaps there are, whether they will be filled.
    func reviewGaps(of sender: Sender, at mark: PacketMark, _ output: inout LayerOutput) {
        for _ in 0..<min(Self.reviewCount, sender.gapped.count) {
            guard let stream = sender.nextGapped() else { return }
            review(stream, sender.direction, at: mark, &output)
        }
    }

    private func review(_ stream: QUICStream, _ direction: Direction, at mark: PacketMark, _ output: inout LayerOutput) {
        let sender = sender(direction)
        let (gap, suspects) = stream.withHalf(direction) { ($0.gap, $0.held.first?.suspects) }
        guard var gap, let suspects else { return }
        func isOver(_ limit: (datagrams: UInt64, nanoseconds: Int64)) -> Bool {
            datagramCount - gap.datagram >= limit.datagrams || mark.time.nanoseconds &- gap.time >= limit.nanoseconds
        }
        let fate = sender.application.fate(of: suspects)
        if gap.isCertain {
            if isOver(Self.grace) { giveUp(stream, direction, isCertain: true, at: mark, &output) }
        } else if fate.hasMissing, fate.isKnown {
            gap = StreamHalf.GapAge(datagram: datagramCount, time: mark.time.nanoseconds, isCertain: true)
            stream.withHalf(direction) { $0.gap = gap }
        } else if fate.hasMissing ? isOver(Self.likely) : sender.application.missingCount > 0 && isOver(Self.last) {
            giveUp(stream, direction, isCertain: false, at: mark, &output)
        }
    }

    /// Hands on all that is held of a direction, whatever is missing.
    func flush(_ stream: QUICStream, _ direction: Direction, at mark: PacketMark?, _ output: inout LayerOutput) {
        while let first = stream.withHalf(direction, { $0.held.first }) {
            giveUp(stream, direction, isCertain: false, at: mark ?? first.pieces[0].mark, &output)
        }
    }

    /// Nothing more comes on any stream.
    func flushAll(into output: inout LayerOutput) {
        for stream in streams.all {
            for direction in Direction.allCases {
                flush(stream, direction, at: nil, &output)
                let (next, size, mark) = stream.withHalf(direction) { ($0.next, $0.isOver ? nil : $0.finalSize, $0.finalMark) }
                guard let size, let mark else { continue }
                if size > next { streamLayer.noteGap(size - next, of: stream.id, from: direction, at: mark, into: &output) }
                stream.withHalf(direction) { $0.next = size }
                endIfComplete(stream, direction, &output)
            }
        }
    }
}
