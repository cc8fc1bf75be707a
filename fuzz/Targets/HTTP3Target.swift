import Bytes
import Channels
import HTTP3

extension FuzzTarget {
    /// HTTP/3 as its streams bring it: a byte says what happens on which of 16 streams, two how long it is.
    static let http3 = FuzzTarget("http3") { input throws(Broken) in
        var script = InputScript(input)
        let isFromBeginning = script.byte() & 1 == 0
        var whole = StreamListener(isFromBeginning: isFromBeginning)
        var pieced = StreamListener(isFromBeginning: isFromBeginning)
        // After a gap it matters where chunks begin, and after its end, where QUIC brings nothing, whether there is one.
        var isCutAnywhere = true
        var ended: Set<UInt8> = []
        while !script.isAtEnd {
            let what = script.byte()
            let stream = UInt64(what & 15)
            let direction = what & 16 == 0 ? Direction.fromLow : .fromHigh
            switch what >> 5 {
            case 0...3:
                let bytes = script.take(script.number16() & 0x3FFF)
                if ended.contains(what & 31) { isCutAnywhere = false }
                whole.take(bytes, stream, direction)
                for piece in bytes.pieces { pieced.take(piece, stream, direction) }
            case 4:
                isCutAnywhere = false
                let count = UInt64(script.number16())
                whole.noteGap(count, stream, direction)
                pieced.noteGap(count, stream, direction)
            case 5:
                ended.insert(what & 31)
                whole.end(stream, direction)
                pieced.end(stream, direction)
            case 6:
                ended.insert(what & 31)
                let code = UInt64(script.byte()) + 0x100
                whole.reset(stream, direction, code)
                pieced.reset(stream, direction, code)
            default:
                let code = UInt64(script.byte()) + 0x100
                whole.stop(stream, direction, code)
                pieced.stop(stream, direction, code)
            }
        }
        whole.finish()
        pieced.finish()
        try demand(whole.fault == nil && pieced.fault == nil, whole.fault ?? pieced.fault ?? "")
        let (wholeLines, piecedLines) = (whole.reports.lines, pieced.reports.lines)
        guard isCutAnywhere else { return }
        for (one, many) in zip(wholeLines, piecedLines) { try demand(one == many, "at once: \(one); in pieces: \(many)") }
        try demand(
            wholeLines.count == piecedLines.count, "at once there are \(wholeLines.count) events, in pieces \(piecedLines.count)")
    }
}

/// A session with how far each of its streams has come, and what it reported.
private struct StreamListener {
    private let session: HTTP3Session
    private(set) var reports = LayerReports()
    private(set) var fault: String?
    private var offsets: [[UInt64]] = [[UInt64](repeating: 0, count: 16), [UInt64](repeating: 0, count: 16)]
    private var packet: UInt64 = 0

    init(isFromBeginning: Bool) { session = HTTP3Session(isFromBeginning: isFromBeginning) }

    private mutating func pass(_ count: UInt64, _ stream: UInt64, _ direction: Direction) -> UInt64 {
        let index = direction == .fromLow ? 0 : 1
        defer { offsets[index][Int(stream)] += count }
        return offsets[index][Int(stream)]
    }

    mutating func take(_ bytes: [UInt8], _ stream: UInt64, _ direction: Direction) {
        let offset = pass(UInt64(bytes.count), stream, direction)
        perform { session, mark, output in
            session.take(bytes.span, of: stream, from: direction, at: offset, mark, into: &output)
        }
    }

    mutating func noteGap(_ count: UInt64, _ stream: UInt64, _ direction: Direction) {
        _ = pass(count, stream, direction)
        perform { $0.noteGap(count, of: stream, from: direction, at: $1, into: &$2) }
    }

    mutating func end(_ stream: UInt64, _ direction: Direction) { perform { $0.end(stream, from: direction, at: $1, into: &$2) } }

    mutating func reset(_ stream: UInt64, _ direction: Direction, _ code: UInt64) {
        perform { $0.reset(stream, from: direction, code: code, at: $1, into: &$2) }
    }

    mutating func stop(_ stream: UInt64, _ direction: Direction, _ code: UInt64) {
        perform { $0.stop(stream, from: direction, code: code, at: $1, into: &$2) }
    }

    mutating func finish() { perform { session, _, output in session.finish(into: &output) } }

    private mutating func perform(_ body: (HTTP3Session, PacketMark, inout LayerOutput) -> Void) {
        packet += 1
        var output = LayerOutput()
        body(session, PacketMark(number: packet, time: Timestamp(nanoseconds: Int64(packet))), &output)
        for action in output.actions {
            if case .deliver(_, let isInput, _, _, _) = action, isInput { fault = "what it delivers may not be there any more" }
        }
        _ = reports.note(output, [])
        fault = fault ?? reports.fault
    }
}
