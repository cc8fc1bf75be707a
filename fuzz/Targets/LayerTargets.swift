import Bytes
import Channels
import HTTP2
import TLS

extension FuzzTarget {
    /// TLS records and handshakes: a key log of up to 64 KB, then what the peers write.
    static let tls = FuzzTarget("tls") { input throws(Broken) in
        var script = InputScript(input)
        let log = script.take(script.number16())
        try checkLayer(script.writes()) {
            let store = KeyStore(midwayBudget: 4 << 20)
            let reader = KeyLogReader(into: store, source: store.addSource("keys.txt"))
            reader.take(log.span)
            return TLSLayer(store).makeLayer(isFromBeginning: true)
        }
        let (whole, pieced) = (KeyStore(), KeyStore())
        let (one, many) = (
            KeyLogReader(into: whole, source: whole.addSource("keys.txt")), KeyLogReader(into: pieced, source: pieced.addSource("keys.txt"))
        )
        one.take(log.span)
        for piece in log.pieces { many.take(piece.span) }
        let (lines, others) = (whole.sources.map(counts(of:)), pieced.sources.map(counts(of:)))
        try demand(lines == others, "the key log has the lines \(lines) at once and \(others) in pieces")
    }

    private static func counts(of source: KeyStore.Source) -> [Int] {
        [source.secretCount, source.badLineCount, source.unknownLineCount, source.firstBadLine ?? 0]
    }

    /// HTTP/2 as the peers write it, from the preface on or begun anywhere.
    static let http2 = FuzzTarget("http2") { input throws(Broken) in
        var script = InputScript(input)
        let isFromBeginning = script.byte() & 1 == 0
        try checkLayer(script.writes()) { HTTP2Layer(HTTP2Limits()).makeLayer(isFromBeginning: isFromBeginning) }
    }

    /// Field blocks: the input is what HEADERS frames of one side carry, and is the same where CONTINUATION frames carry the rest of it.
    static let hpack = FuzzTarget("hpack") { input throws(Broken) in
        var script = InputScript(input)
        var blocks: [[UInt8]] = []
        while !script.isAtEnd, blocks.count < 16 { blocks.append(script.take(script.number16() & 0x3FFF)) }
        func heads(_ cut: ([UInt8]) -> [[UInt8]]) -> [String] {
            var listener = Listener(HTTP2Layer(HTTP2Limits()).makeLayer(isFromBeginning: true))
            listener.take(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0, []), .fromLow)
            for (index, block) in blocks.enumerated() {
                let parts = cut(block)
                for (number, part) in parts.enumerated() {
                    let isLast = number == parts.count - 1
                    listener.take(frame(number == 0 ? 1 : 9, isLast ? 4 : 0, UInt32(2 * index + 1), part), .fromLow)
                }
            }
            return listener.lines
        }
        let whole = heads { [$0] }
        let cut = heads {
            $0.isEmpty
                ? [[]]
                : stride(from: 0, to: $0.count, by: 37).map { [block = $0] start in Array(block[start..<min(block.count, start + 37)]) }
        }
        try demand(whole == cut, "with CONTINUATION other fields are read")
        // A dynamic table of 4,096 bytes repeats each entry for one byte: the limit on heads bounds what comes of it.
        let byteCount = whole.reduce(0) { $0 + $1.utf8.count }
        try demand(byteCount <= 16 * (200 << 10), "\(byteCount) bytes of fields came of \(input.count)")
    }

    private static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        func bytes(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        return bytes(payload.count, 3) + [type, flags] + bytes(Int(stream), 4) + payload
    }

    /// Writes at once and in pieces make a layer report the same.
    private static func checkLayer(_ writes: [(isServer: Bool, bytes: [UInt8])], _ make: () -> any ByteLayer) throws(Broken) {
        var whole = Listener(make())
        var pieced = Listener(make())
        for write in writes {
            let direction = write.isServer ? Direction.fromHigh : .fromLow
            whole.take(write.bytes, direction)
            for piece in write.bytes.pieces { pieced.take(piece, direction) }
        }
        try demand(whole.fault == nil && pieced.fault == nil, whole.fault ?? pieced.fault ?? "")
        let (wholeLines, piecedLines) = (whole.lines, pieced.lines)
        for (one, many) in zip(wholeLines, piecedLines) { try demand(one == many, "at once: \(one); in pieces: \(many)") }
        try demand(
            wholeLines.count == piecedLines.count,
            "at once there are \(wholeLines.count) events, in pieces \(piecedLines.count): \(wholeLines.last ?? ""); \(piecedLines.last ?? "")"
        )
    }
}

/// A layer with the bytes that wait for it, and what it reported.
private struct Listener {
    private let layer: any ByteLayer
    private(set) var fault: String?
    private var waiting: [[UInt8]] = [[], []]
    private var reports = LayerReports()

    init(_ layer: any ByteLayer) { self.layer = layer }

    var lines: [String] { reports.lines }

    mutating func take(_ bytes: [UInt8], _ direction: Direction) {
        let index = direction == .fromLow ? 0 : 1
        waiting[index] += bytes
        // What waits beyond this, an inspection gives up.
        guard !reports.hasGivenUp, waiting[index].count <= 256 << 10 else { return }
        var output = LayerOutput()
        let input = waiting[index]
        let taken = layer.take(input.span, from: direction, into: &output)
        guard (0...input.count).contains(taken) else { return fault = "it took \(taken) bytes of \(input.count)" }
        let resumes = note(output, input)
        waiting[index].removeFirst(taken)
        if resumes { take([], direction.opposite) }
    }

    /// True if the other direction can go on.
    private mutating func note(_ output: borrowing LayerOutput, _ input: [UInt8]) -> Bool {
        let resumes = reports.note(output, input)
        fault = fault ?? reports.fault
        return resumes
    }
}
