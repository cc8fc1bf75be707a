import Bytes
import Capture
import Input
import System

/// Writes down, a line each, what a consumer is told.
struct Recorder: LiveConsumer, ~Copyable {
    struct Refused: Error {}
    typealias Failure = Refused

    static var checkpointSpacing: UInt64 { 2 }

    private(set) var lines: [String] = []
    private(set) var remarks: [String] = []
    private(set) var packetCount = 0
    private(set) var waits: [Int32] = []
    var shownCount: UInt64 = 0
    /// Packets after which it has enough, after which it can take no more, and pauses after which it wants nothing more.
    var enough = Int.max
    var refusal = Int.max
    var pauses = Int.max
    /// What is done while it waits.
    var whileWaiting: () -> Void = {}

    /// The lines without those of pauses and checkpoints.
    var essence: [String] { lines.filter { !$0.hasPrefix("pause") && !$0.hasPrefix("checkpoint") } }

    mutating func begin(_ source: InputSource) throws(Refused) -> Bool {
        lines.append("begin \(source.name.split(separator: "/").last ?? "") from \(source.firstPacket)")
        return true
    }

    mutating func beginAnew() throws(Refused) { lines.append("anew") }

    mutating func take(_ header: PacketHeader, _ bytes: Span<UInt8>, at offset: UInt64, isSelected: Bool) throws(Refused) {
        packetCount += 1
        if packetCount > refusal { throw Refused() }
        lines.append("packet \(header.number)\(isSelected ? "" : " filtered out")")
    }

    mutating func note(_ note: InputNote) {
        switch note {
        case .opened(let isCompressed, _): if isCompressed { lines.append("compressed") }
        case .recording: lines.append("recording")
        case .interface(let interface): lines.append("interface \(interface.name ?? "without a name")")
        case .count(let count): lines.append("lost \(count.loss.map { "\($0.count)" } ?? "an unknown number")")
        case .secrets(let secrets): lines.append("secrets \(String(decoding: secrets.bytes, as: UTF8.self))")
        case .checkpoint(let checkpoint): lines.append("checkpoint \(checkpoint.number)")
        case .failure(let error): lines.append("failure \(error.message)")
        case .ended(let end):
            remarks += end.remarks
            lines.append("end\(end.failure.map { ": \($0.kind)" } ?? "")")
        }
    }

    mutating func pause(at offset: UInt64) throws(Refused) -> Bool {
        lines.append("pause")
        pauses -= 1
        return pauses > 0
    }

    var hasEnough: Bool { packetCount >= enough }

    mutating func wait(for packets: Descriptor, milliseconds: Int32) throws(Refused) {
        waits.append(milliseconds)
        whileWaiting()
    }

    mutating func turn() -> Bool { true }
}
