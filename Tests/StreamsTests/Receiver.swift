import Bytes
import Packets
import Channels
import Streams

/// Drives one reassembler as an inspection does, and writes down what came out of it.
struct Receiver: ~Copyable {
    /// A stretch of the stream, in order.
    enum Run: Equatable {
        case bytes([UInt8])
        case cutOff(Int)
        case gap(UInt64, StreamReassembler.GapCause)
    }

    private(set) var reassembler = StreamReassembler()
    private var memory: RecentBytes
    var limits = StreamReassembler.Limits()
    private(set) var runs: [Run] = []
    private(set) var contradictionCount = 0
    /// False once the reassembler's own count of the stream was not that of its runs.
    private(set) var isConsistent = true
    private var total: UInt64 = 0
    private var packetNumber: UInt64 = 0

    static let endpoint = Endpoint(address: IPAddress(192, 0, 2, 1), port: 80)

    init(remembering byteCount: Int = 1 << 20) { memory = RecentBytes(byteCount: byteCount) }

    mutating func synchronize(_ sequence: UInt32) { reassembler.synchronize(initial: sequence) }

    @discardableResult
    mutating func take(
        _ sequence: UInt32, _ bytes: [UInt8], length: Int? = nil, flags: TCPFlags = .ack
    ) -> StreamReassembler.Placement {
        packetNumber += 1
        let segment = Segment(
            source: Self.endpoint, destination: Self.endpoint, sequence: sequence, acknowledgment: 0, flags: flags, window: 0,
            payloadLength: length ?? bytes.count, capturedOffset: 0, capturedCount: bytes.count)
        let mark = PacketMark(number: packetNumber, time: Timestamp(nanoseconds: 0))
        let placement = reassembler.accept(segment, bytes: bytes.span, mark: mark, limits: limits, recent: &memory)
        note(bytes[placement.delivered], placement.cutOff)
        if placement.contradicts { contradictionCount += 1 }
        drain()
        return placement
    }

    mutating func acknowledge(_ number: UInt32) {
        reassembler.acknowledge(number)
        drain()
    }

    mutating func finish() {
        while let gap = reassembler.finalGap() {
            note(gap)
            drain()
        }
    }

    /// The bytes alone, what is missing left out.
    var bytes: [UInt8] {
        runs.flatMap { run -> [UInt8] in
            if case .bytes(let bytes) = run { bytes } else { [] }
        }
    }

    var gaps: [Run] {
        runs.filter { if case .gap = $0 { true } else { false } }
    }

    private mutating func drain() {
        repeat {
            while let piece = reassembler.nextHeld(recent: &memory) { note(piece.bytes[piece.skipped...], piece.cutOff) }
            guard let gap = reassembler.overdueGap(limits: limits) else { break }
            note(gap)
        } while true
        if reassembler.offset != total { isConsistent = false }
    }

    private mutating func note(_ gap: StreamReassembler.Gap) {
        runs.append(.gap(gap.byteCount, gap.cause))
        total += gap.byteCount
    }

    private mutating func note(_ bytes: ArraySlice<UInt8>, _ cutOff: Int) {
        if !bytes.isEmpty {
            if case .bytes(let before) = runs.last {
                runs[runs.count - 1] = .bytes(before + bytes)
            } else {
                runs.append(.bytes(Array(bytes)))
            }
        }
        if cutOff < 0 { isConsistent = false }
        if cutOff > 0 {
            if case .cutOff(let before) = runs.last {
                runs[runs.count - 1] = .cutOff(before + cutOff)
            } else {
                runs.append(.cutOff(cutOff))
            }
        }
        total += UInt64(bytes.count) + UInt64(max(cutOff, 0))
    }
}
