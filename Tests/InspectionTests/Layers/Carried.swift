import Bytes
import Channels
import Packets
import Rules
import TestSupport
import WebSocket

@testable import Inspection

/// Conversations that layers carry over one TCP connection, and which of its bytes each of theirs came from.
struct Carried {
    /// What TCP carries.
    private(set) var outer = Conversation()
    /// For each byte of a stream, the bytes of TCP that had to come for it. A connection that is no stream is 0.
    private(set) var sources: [UInt64: [Side: [Range<Int>]]] = [:]
    private(set) var conversations: [UInt64: Conversation] = [:]
    private var counts: [Side: Int] = [:]
    private var hasBegun: Set<Side> = []

    /// One as it is.
    static func plain(_ conversation: Conversation) -> Carried {
        var carried = Carried()
        carried.conversations[0] = conversation
        for step in conversation.steps { carried.say(step.side, step.bytes, of: 0, 0..<step.bytes.count) }
        return carried
    }

    /// Several on streams beside each other, from 1 on, their steps taking turns.
    ///
    /// - Parameter cut: how many bytes the next frame of the multiplexer takes at most.
    static func streams(
        _ conversations: [Conversation], cut: () -> Int = { 0xFFFF }, using random: inout SeededRandom
    ) -> Carried {
        var carried = Carried()
        for (index, conversation) in conversations.enumerated() { carried.conversations[UInt64(index + 1)] = conversation }
        var rest = conversations.map { $0.steps[...] }
        while let index = rest.indices.filter({ !rest[$0].isEmpty }).randomElement(using: &random) {
            let step = rest[index].removeFirst()
            carried.step(step.side, step.bytes, of: UInt64(index + 1), cut: cut)
        }
        return carried
    }

    /// Says something on a stream.
    mutating func step(_ side: Side, _ bytes: [UInt8], of stream: UInt64, cut: () -> Int = { 0xFFFF }) {
        if hasBegun.insert(side).inserted { say(side, ThreeStreams.preface, of: nil, 0..<0) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let taken = rest.prefix(max(1, cut()))
            rest = rest.dropFirst(taken.count)
            let header = ThreeStreams.headerByteCount
            say(side, ThreeStreams.frame(Array(taken), of: stream), of: stream, header..<header + taken.count)
        }
    }

    /// Ends one direction of a stream.
    mutating func end(_ side: Side, of stream: UInt64) { say(side, ThreeStreams.frame([], of: stream), of: nil, 0..<0) }

    /// Ends one direction of the layer of records.
    mutating func endRecords(_ side: Side) { say(side, ScrambledRecords.record([], number: 0), of: nil, 0..<0) }

    /// Says something below all layers.
    mutating func say(_ side: Side, _ bytes: [UInt8]) { say(side, bytes, of: nil, 0..<0) }

    private mutating func say(_ side: Side, _ bytes: [UInt8], of stream: UInt64?, _ range: Range<Int>) {
        let start = counts[side, default: 0]
        if let stream { sources[stream, default: [:]][side, default: []] += range.map { start + $0..<start + $0 + 1 } }
        outer.say(side, bytes)
        counts[side] = start + bytes.count
    }

    /// The same in records: one for each step, or of so many bytes at most.
    ///
    /// - Parameter join: steps of one side that follow one another go into one record.
    func scrambled(cut: () -> Int = { 0x4000 }, join: Bool = false) -> Carried {
        var carried = Carried()
        carried.conversations = conversations
        var numbers: [Side: Int] = [:]
        var places: [Side: [Range<Int>]] = [:]
        var steps = outer.steps
        if join {
            steps = []
            for step in outer.steps {
                if let last = steps.last, last.side == step.side, last.bytes.count < 500 {
                    steps[steps.count - 1].bytes += step.bytes
                } else {
                    steps.append(step)
                }
            }
        }
        for step in steps {
            var rest = step.bytes[...]
            var records: [UInt8] = []
            while !rest.isEmpty {
                let taken = Array(rest.prefix(max(1, cut())))
                rest = rest.dropFirst(taken.count)
                let record = ScrambledRecords.record(taken, number: numbers[step.side, default: 0])
                numbers[step.side, default: 0] += 1
                let start = carried.counts[step.side, default: 0] + records.count
                places[step.side, default: []] += taken.map { _ in start..<start + record.count }
                records += record
            }
            carried.say(step.side, records)
        }
        for (stream, sides) in sources {
            for (side, ranges) in sides {
                let places = places[side] ?? []
                carried.sources[stream, default: [:]][side] = ranges.map {
                    places[$0.lowerBound].lowerBound..<places[$0.upperBound - 1].upperBound
                }
            }
        }
        return carried
    }

    // MARK: Packets

    /// The number of the packet that brought each byte of each side, where nothing is lost or sent twice.
    static func packetNumbers(_ pieces: [Conversation.Piece]) -> [Side: [Int]] {
        var numbers: [Side: [Int]] = [:]
        for (index, piece) in pieces.enumerated() { numbers[piece.side, default: []] += piece.payload.map { _ in index + 1 } }
        return numbers
    }

    /// Numbers of the packets of a range of a stream's bytes, in order.
    func packets(of range: Range<Int>, _ side: Side, of stream: UInt64, _ numbers: [Side: [Int]]) -> [Int] {
        var found: [Int] = []
        var last = 0..<0
        for source in sources[stream]?[side]?[range] ?? [] where source != last {
            last = source
            for at in source {
                let number = numbers[side]?[at] ?? 0
                if number > found.last ?? 0 { found.append(number) }
            }
        }
        return found
    }
}

/// A recording that has of each frame what depends on packets.
struct LayerRecording: EventSink {
    var recording = Recording()
    var frames: [UInt64: [Frame]] = [:]
    var findings: [(finding: Finding, stream: UInt64?)] = []
    /// Streams in the order in which their connections ended.
    var ends: [UInt64] = []

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        recording.frame(frame, payload: payload, ending: message, content: content, of: connection)
        frames[connection.number, default: []].append(frame)
        findings += frame.findings.map { ($0, connection.carrier.stream) }
    }

    mutating func note(_ event: Event) {
        recording.note(event)
        switch event {
        case .found(let finding, _, let connection, _): findings.append((finding, connection?.carrier.stream))
        case .ended(let end): ends.append(end.connection.carrier.stream ?? 0)
        case .opened, .abandoned, .exchanged, .polled, .encrypted, .attempted, .shared, .located, .spoke: break
        }
    }

    var hasEnough: Bool { false }

    func connection(_ stream: UInt64) -> SeenConnection? {
        recording.connections.first { ($0.connection.carrier.stream ?? 0) == stream }
    }

    /// What was found of a stream, apart from what depends on how the peers behave.
    func findings(of stream: UInt64?) -> [Finding] { findings.filter { $0.stream == stream }.map(\.finding) }

    /// What a set of packets shows, a millisecond apart.
    static func of(
        _ packets: [[UInt8]], _ layers: [any LayerFactory], limits: Limits = Limits(), waiting: (Int) -> Void = { _ in }
    ) -> LayerRecording {
        var result = LayerRecording()
        var options = Inspector.Options()
        options.layers = layers
        options.limits = limits
        var inspector = Inspector(options)
        for (index, packet) in packets.enumerated() {
            let header = PacketBuilder.header(UInt64(index + 1), of: packet, nanoseconds: Int64(index + 1) * 1_000_000)
            inspector.inspect(header, packet.span, into: &result)
            waiting(inspector.waitingByteCount)
        }
        inspector.finish(into: &result)
        if inspector.waitingByteCount != 0 { result.recording.faults.append("\(inspector.waitingByteCount) bytes wait after the end") }
        result.recording.summary = inspector.summary
        return result
    }
}

extension Inspector.Options {
    static let allLayers: [any LayerFactory] = [ScrambledRecords.Factory(), ThreeStreams.Factory()]
    static let layersWithOrdinaryUnits: [any LayerFactory] = [
        ScrambledRecords.Factory(hasOrdinaryUnits: true), ThreeStreams.Factory(hasOrdinaryUnits: true),
    ]
}
