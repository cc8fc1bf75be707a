import Bytes
import Channels

@testable import QUIC

/// What is spoken over streams, noted down and not understood.
final class Recorder: StreamLayer {
    /// One direction of a stream.
    struct Side: Equatable {
        /// Bytes, and nil for each gap.
        var content: [UInt8?] = []
        var missingCount: UInt64 = 0
        var hasEnded = false
        var reset: UInt64?
        var stop: UInt64?
        /// The packets that brought its bytes, each once in a row.
        var packets: [UInt64] = []
        /// It was handed bytes that do not follow those before, or bytes after its end.
        var isFaulty = false
        var next: UInt64 = 0

        var bytes: [UInt8] { content.compactMap { $0 } }
    }

    struct Name: Hashable, Comparable {
        var stream: UInt64
        var direction: Direction

        static func < (one: Name, other: Name) -> Bool {
            (one.stream, one.direction.rawValue) < (other.stream, other.direction.rawValue)
        }
    }

    private(set) var sides: [Name: Side] = [:]
    private(set) var isFinished = false

    func take(
        _ bytes: Span<UInt8>, of stream: UInt64, from direction: Direction, at offset: UInt64, _ mark: PacketMark,
        into output: inout LayerOutput
    ) {
        change(stream, direction) { side in
            if side.hasEnded || side.reset != nil || offset != side.next || bytes.isEmpty { side.isFaulty = true }
            side.content += bytes.copied()
            side.next = offset + UInt64(bytes.count)
            if side.packets.last != mark.number { side.packets.append(mark.number) }
        }
    }

    func noteGap(_ byteCount: UInt64, of stream: UInt64, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput) {
        change(stream, direction) { side in
            if side.hasEnded || side.reset != nil || byteCount == 0 { side.isFaulty = true }
            side.content.append(nil)
            side.missingCount += byteCount
            side.next += byteCount
        }
    }

    func end(_ stream: UInt64, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput) {
        change(stream, direction) { side in
            if side.hasEnded || side.reset != nil { side.isFaulty = true }
            side.hasEnded = true
        }
    }

    func reset(_ stream: UInt64, from direction: Direction, code: UInt64, at mark: PacketMark, into output: inout LayerOutput) {
        change(stream, direction) { side in
            if side.hasEnded || side.reset != nil { side.isFaulty = true }
            side.reset = code
        }
    }

    func stop(_ stream: UInt64, from direction: Direction, code: UInt64, at mark: PacketMark, into output: inout LayerOutput) {
        change(stream, direction) { $0.stop = code }
    }

    func finish(into output: inout LayerOutput) { isFinished = true }
    var waitingByteCount: Int { 0 }
    func name(ofError code: UInt64) -> String { "ERROR_\(code)" }
    func framing(of direction: Direction) -> Framing? { nil }

    private func change(_ stream: UInt64, _ direction: Direction, _ body: (inout Side) -> Void) {
        body(&sides[Name(stream: stream, direction: direction), default: Side()])
    }
}
