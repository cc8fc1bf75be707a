import Bytes
import Channels
import QUIC
import TLS
import TestSupport

extension FuzzTarget {
    /// QUIC after its handshake: a byte says what is sent and by whom, two how long it is; then frames, which are sealed here, or a datagram
    /// as it is.
    static let quic = FuzzTarget("quic") { input throws(Broken) in
        var script = InputScript(input)
        var peers = QUICPeers(QUICPeers.Suite.all[Int(script.byte()) % 3])
        var datagrams = peers.handshake().enumerated().map { index, bytes in
            DatagramListener.Datagram(isServer: index == 1, path: 0, bytes: bytes)
        }
        while !script.isAtEnd, datagrams.count < 400 { datagrams.append(datagram(&script, &peers)) }

        let keys = peers.keyLog()
        var once = DatagramListener(keys)
        var twice = DatagramListener(keys)
        var late = DatagramListener([])
        for datagram in datagrams {
            once.take(datagram)
            twice.take(datagram)
            twice.take(datagram)
            late.take(datagram)
        }
        late.add(keys)
        for listener in [once, twice, late] { listener.finish() }
        for fault in [once.fault, twice.fault, late.fault] { try demand(fault == nil, fault ?? "") }
        let (lines, others, lateLines) = (once.lines, twice.lines, late.lines)
        // When a gap is given up depends on what else comes; and where the ends have moved to is read in packets.
        guard !(lines + others + lateLines).contains(where: { $0.contains(" lacks ") }) else { return }
        try demand(lines == others, "once: \(lines); each datagram twice: \(others)")
        guard datagrams.allSatisfy({ $0.path == 0 }) else { return }
        try demand(lines == lateLines, "with keys: \(lines); with keys that come late: \(lateLines)")
    }

    private static func datagram(_ script: inout InputScript, _ peers: inout QUICPeers) -> DatagramListener.Datagram {
        let what = script.byte()
        let end = what & 1 == 0 ? QUICPeers.End.client : .server
        let bytes = script.take(script.number16() & 0x7FF)
        // A packet that nobody captured.
        if what & 0x20 != 0 { _ = peers.nextNumber(end, .application) }
        if what & 0x08 != 0 { peers.updateKeys(end) }
        let sealed =
            switch what >> 1 & 3 {
            case 0: peers.short(end, bytes, numberByteCount: what & 0x40 == 0 ? 4 : 2)
            case 1: peers.long(end, .handshake, bytes + [0, 0, 0])
            case 2: peers.long(end, .initial, bytes + [0, 0, 0])
            default: bytes
            }
        return DatagramListener.Datagram(isServer: end == .server, path: what & 0x10 == 0 ? 0 : 1, bytes: sealed)
    }
}

/// Datagrams given to the connections that they belong to, and what these reported.
private final class DatagramListener {
    struct Datagram {
        var isServer: Bool
        var path: UInt64
        var bytes: [UInt8]
    }

    private let store = KeyStore()
    private let sorter: any DatagramSorter
    private var layers: [UInt64: any DatagramLayer] = [:]
    private var reports: [UInt64: LayerReports] = [:]
    private var count: UInt64 = 0

    init(_ keys: [UInt8]) {
        sorter = QUICFactory(store) { _ in CheckingStreams() }.makeSorter()
        store.expectsMore = keys.isEmpty
        if !keys.isEmpty { log(keys) }
    }

    private func log(_ keys: [UInt8]) {
        let reader = KeyLogReader(into: store, source: store.addSource("keys.txt"))
        reader.take(keys.span)
        reader.finish()
    }

    /// The keys come.
    func add(_ keys: [UInt8]) {
        log(keys)
        for number in layers.keys.sorted() { perform(number) { layer, output in layer.resume(into: &output) } }
    }

    func take(_ datagram: Datagram) {
        guard let owner = sorter.sort(datagram.bytes.span, onPath: datagram.path, from: datagram.isServer ? .fromHigh : .fromLow) else {
            return
        }
        layers[owner.connection] = sorter.found
        count += 1
        let mark = PacketMark(number: count, time: Timestamp(nanoseconds: Int64(count) * 1_000))
        perform(owner.connection) { layer, output in layer.take(datagram.bytes.span, from: owner.direction, at: mark, into: &output) }
    }

    func finish() {
        for number in layers.keys.sorted() {
            perform(number) { layer, output in layer.finish(into: &output) }
            // Whatever it is asked has an answer.
            guard let layer = layers[number] else { continue }
            _ = layer.facts
            for direction in Direction.allCases {
                _ = layer.traffic(of: direction)
                _ = layer.isAcknowledged(0, from: direction, upTo: 1)
            }
        }
    }

    private func perform(_ number: UInt64, _ body: (any DatagramLayer, inout LayerOutput) -> Void) {
        guard let layer = layers[number] else { return }
        var output = LayerOutput()
        body(layer, &output)
        _ = reports[number, default: LayerReports()].note(output, [])
    }

    var fault: String? { reports.values.lazy.compactMap(\.fault).first ?? lines.first { $0.contains(CheckingStreams.fault) } }

    /// Stalls depend on when windows came.
    var lines: [String] {
        reports.sorted { $0.key < $1.key }.flatMap { number, reports in
            reports.lines.filter { !$0.hasSuffix("stalls") && !$0.hasSuffix("goes on") }.map { "\(number) \($0)" }
        }
    }
}

/// Hands on what streams carry, and notes what no stream can bring.
private final class CheckingStreams: StreamLayer {
    static let fault = "out of order"

    private struct Side: Hashable {
        var stream: UInt64
        var direction: Direction
    }

    private var ends: [Side: UInt64] = [:]
    private var isOver: Set<Side> = []

    private func advance(_ stream: UInt64, _ direction: Direction, from offset: UInt64?, _ count: UInt64, _ output: inout LayerOutput) {
        let side = Side(stream: stream, direction: direction)
        let next = ends[side] ?? 0
        ends[side] = next + count
        if offset ?? next != next || count == 0 || isOver.contains(side) {
            output.note(StreamOddity(.frameAfterEnd, found: Self.fault), of: stream, direction)
        }
    }

    func take(
        _ bytes: Span<UInt8>, of stream: UInt64, from direction: Direction, at offset: UInt64, _ mark: PacketMark,
        into output: inout LayerOutput
    ) {
        advance(stream, direction, from: offset, UInt64(bytes.count), &output)
        output.deliver(bytes, of: mark, end: offset + UInt64(bytes.count), to: stream, direction)
    }

    func noteGap(_ byteCount: UInt64, of stream: UInt64, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput) {
        advance(stream, direction, from: nil, byteCount, &output)
        output.noteGap(.exact(byteCount), of: stream, direction)
    }

    func end(_ stream: UInt64, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput) {
        close(stream, direction, &output)
        output.end(stream, direction)
    }

    func reset(_ stream: UInt64, from direction: Direction, code: UInt64, at mark: PacketMark, into output: inout LayerOutput) {
        close(stream, direction, &output)
        output.end(stream, direction, abort: StreamAbort(code: code, name: name(ofError: code), carrier: "RESET_STREAM"))
    }

    private func close(_ stream: UInt64, _ direction: Direction, _ output: inout LayerOutput) {
        guard !isOver.insert(Side(stream: stream, direction: direction)).inserted else { return }
        output.note(StreamOddity(.frameAfterEnd, found: Self.fault), of: stream, direction)
    }

    func stop(_ stream: UInt64, from direction: Direction, code: UInt64, at mark: PacketMark, into output: inout LayerOutput) {}
    func finish(into output: inout LayerOutput) {}
    var waitingByteCount: Int { 0 }
    func name(ofError code: UInt64) -> String { String(code) }
    func framing(of direction: Direction) -> Framing? { nil }
}
