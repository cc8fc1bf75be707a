import Bytes
import Channels
import Packets
import Rules
import TestSupport
import Testing
import Verdicts
import WebSocket

@testable import Inspection

/// Verdicts and rules are about the peers of a stream, whatever else its TCP connection carries.
@Suite("Connections on layers end, and are judged") struct LayerEndTests {
    /// Three connections that said a little each way and have not closed.
    private static func open(_ change: (inout [Conversation]) -> Void = { _ in }) -> Carried {
        var conversations = (1...3).map { number in
            var conversation = Conversation.upgraded()
            conversation.frame(.client, 0x81, Array("question \(number)".utf8))
            conversation.frame(.server, 0x81, Array("answer \(number)".utf8))
            return conversation
        }
        change(&conversations)
        var random = SeededRandom(4)
        return .streams(conversations, using: &random)
    }

    private static func talk() -> Conversation {
        var conversation = Conversation.upgraded()
        conversation.frame(.client, 0x81, Array("question".utf8))
        conversation.frame(.server, 0x81, Array("answer".utf8))
        return conversation
    }

    private static func inspect(_ carried: Carried, closes: Bool = true, resets: Bool = false) -> LayerRecording {
        var pieces = carried.outer.pieces(closes: closes && !resets)
        if resets, let last = pieces.last(where: { $0.side == .server }) {
            pieces.append(
                .init(
                    side: .server, sequence: last.sequence &+ UInt32(last.payload.count), acknowledgment: last.acknowledgment,
                    flags: [.rst, .ack]))
        }
        let seen = LayerRecording.of(carried.outer.packets(pieces), Inspector.Options.allLayers)
        #expect(seen.recording.faults == [])
        return seen
    }

    // MARK: Verdicts

    @Test("what ends TCP ends every stream that is open")
    func allAtOnce() {
        let carried = Self.open()
        for stack in [carried, carried.scrambled()] {
            let finished = Self.inspect(stack).recording.connections.map(\.verdict)
            #expect(finished.map { $0?.manner } == [.finWithoutClose, .finWithoutClose, .finWithoutClose])
            #expect(finished.map { $0?.by } == [.server, .server, .server])
            let reset = Self.inspect(stack, resets: true).recording.connections.map(\.verdict)
            #expect(reset.map { $0?.manner } == [.reset, .reset, .reset])
            let open = Self.inspect(stack, closes: false).recording.connections.map(\.verdict)
            #expect(open.map { $0?.manner } == [.stillOpen, .stillOpen, .stillOpen])
        }
    }

    @Test("one stream closes with frames, and the others stay open")
    func oneCloses() throws {
        let carried = Self.open { conversations in
            conversations[1].frame(.client, 0x88, [3, 0xE9])
            conversations[1].frame(.server, 0x88, [3, 0xE9])
        }
        for stack in [carried, carried.scrambled()] {
            let seen = Self.inspect(stack, closes: false)
            #expect([1, 2, 3].map { seen.connection($0)?.verdict?.manner } == [.stillOpen, .closed, .stillOpen])
            #expect(seen.connection(2)?.verdict?.code?.rawValue == 1_001)
        }
    }

    @Test("a stream that the layer says has ended is over at once, and without a Close frame that is a finding")
    func streamEnds() throws {
        var carried = Self.open()
        carried.end(.client, of: 2)
        carried.end(.server, of: 2)
        carried.step(.client, Conversation.frame(0x82, [1, 2], key: [1, 2, 3, 4]), of: 1)
        let seen = Self.inspect(carried, closes: false)
        #expect(seen.ends.first == 2)
        let verdict = try #require(seen.connection(2)?.verdict)
        #expect(verdict.manner == .finWithoutClose)
        #expect(verdict.by == .client)
        #expect(verdict.facts.map(\.text) == ["end of the stream from the client", "end of the stream from the server"])
        #expect(seen.connection(2)?.findings == [.closeMissing])
        #expect(seen.findings.first { $0.stream == 2 }?.finding.found == "END_STREAM")
        #expect(seen.connection(1)?.client.messages.count == 2)
        #expect(seen.connection(1)?.verdict?.manner == .stillOpen)
    }

    @Test("the FIN of a side ends its half of every stream, and a stream's end that follows it was second", arguments: [false, true])
    func finBeforeStreamEnd(isBefore: Bool) throws {
        var carried = Self.open()
        carried.end(.server, of: 2)
        var pieces = carried.outer.pieces(closes: false)
        let last = try #require(pieces.lastIndex { $0.side == .server && !$0.payload.isEmpty })
        let place = isBefore ? last : last + 1
        let end = pieces[last]
        pieces.insert(
            .init(
                side: .client, sequence: end.acknowledgment,
                acknowledgment: isBefore ? end.sequence : end.sequence &+ UInt32(end.payload.count), flags: [.fin, .ack]), at: place)
        let seen = LayerRecording.of(carried.outer.packets(pieces), Inspector.Options.allLayers)
        #expect(seen.recording.faults == [])
        let verdict = try #require(seen.connection(2)?.verdict)
        #expect(verdict.manner == .finWithoutClose)
        #expect(verdict.by == (isBefore ? .client : .server))
        let finding = try #require(seen.findings.first { $0.stream == 2 }?.finding)
        #expect(finding.rule == .closeMissing)
        #expect(finding.found == (isBefore ? "FIN" : "END_STREAM"))
        #expect(finding.packet == UInt64(last + 1))
        #expect([1, 3].map { seen.connection($0)?.verdict?.by } == [.client, .client])
    }

    /// TCP is ended by the server.
    @Test("a side that a layer below says has ended was first, whoever ends TCP", arguments: Side.allCases, [false, true])
    func layerEnds(first: Side, isStream: Bool) throws {
        var carried = isStream ? Self.open().scrambled() : Carried.plain(Self.talk()).scrambled()
        carried.endRecords(first)
        carried.endRecords(first.other)
        for resets in [false, true] {
            let seen = Self.inspect(carried, resets: resets)
            let connection = try #require(seen.recording.connections.first)
            #expect(connection.verdict?.manner == .finWithoutClose)
            #expect(connection.verdict?.by == first)
            let rows = connection.verdict?.facts.map(\.text) ?? []
            #expect(rows.prefix(2) == ["close_notify from the \(first.name)", "close_notify from the \(first.other.name)"])
            #expect(!rows.contains { $0.hasPrefix("data from") })
            // Nothing was left to reset.
            #expect(connection.findings == [.closeMissing])
            #expect(seen.findings.first?.finding.found == "close_notify")
        }
    }

    @Test("of a Close that the other side's layer ends upon it is said that it got no answer, whoever ends TCP")
    func layerEndsUponClose() throws {
        var conversation = Self.talk()
        conversation.frame(.client, 0x88, [3, 0xE8])
        var carried = Carried.plain(conversation).scrambled()
        carried.endRecords(.server)
        carried.endRecords(.client)
        let connection = try #require(Self.inspect(carried).recording.connections.first)
        #expect(connection.findings == [.closeUnanswered])
        #expect(connection.verdict?.text == "The client closed with 1000; the server hung up without answering it.")
    }

    @Test("data that come after the other side's end in a layer are reported, and its end without TCP's leaves TCP open")
    func dataAfterLayerEnd() throws {
        var carried = Carried.plain(Self.talk()).scrambled()
        carried.endRecords(.server)
        carried.say(.client, ScrambledRecords.record(Conversation.frame(0x81, [65], key: [1, 2, 3, 4]), number: 9))
        let connection = try #require(Self.inspect(carried, closes: false).recording.connections.first)
        #expect(connection.verdict?.by == .server)
        #expect(
            connection.verdict?.facts.map(\.text) == [
                "close_notify from the server", "data from the client after the server's close_notify",
            ])
        var conversation = Self.talk()
        conversation.frame(.client, 0x88, [3, 0xE8])
        conversation.frame(.server, 0x88, [3, 0xE8])
        var closed = Carried.plain(conversation).scrambled()
        closed.endRecords(.server)
        closed.endRecords(.client)
        let open = try #require(Self.inspect(closed, closes: false).recording.connections.first)
        #expect(open.verdict?.text.hasSuffix(", and TCP was still open when the capture ended.") == true)
        // The client ends TLS first, and the server TCP: each in its order.
        var early = Carried.plain(conversation).scrambled()
        early.endRecords(.client)
        #expect(Self.inspect(early).recording.connections.first?.findings == [])
    }

    @Test("who ends a stream first after both have closed is free")
    func streamEndsAfterClose() {
        var carried = Self.open { conversations in
            conversations[1].frame(.client, 0x88, [3, 0xE8])
            conversations[1].frame(.server, 0x88, [3, 0xE8])
        }
        carried.end(.client, of: 2)
        carried.end(.server, of: 2)
        let seen = Self.inspect(carried)
        #expect(seen.connection(2)?.verdict?.manner == .closed)
        #expect(seen.connection(2)?.findings == [])
    }

    @Test("a message that a stream's end cuts off is cut off by its sender")
    func cutOff() {
        var carried = Self.open { $0[0].frame(.server, 0x01, Array("part".utf8)) }
        carried.end(.server, of: 1)
        let seen = Self.inspect(carried, closes: false)
        #expect(seen.connection(1)?.findings == [.messageCutOff, .closeMissing])
        #expect(seen.connection(2)?.findings == [])
    }

    @Test("what another stream says meanwhile does not make an answer to a Close one that crossed it")
    func evidence() throws {
        var carried = Self.open()
        carried.step(.client, Conversation.frame(0x88, [3, 0xE8], key: [1, 2, 3, 4]), of: 1)
        carried.step(.client, Conversation.frame(0x81, Array("more".utf8), key: [1, 2, 3, 4]), of: 2)
        carried.step(.server, Conversation.frame(0x88, [3, 0xE8], key: nil), of: 1)
        var pieces = carried.outer.pieces(closes: false).filter { !$0.payload.isEmpty || $0.flags.contains(.syn) }
        // The server's last packet was sent before the other stream's text had come.
        let text = try #require(pieces.lastIndex { $0.side == .client })
        pieces[pieces.count - 1].acknowledgment = pieces[text].sequence
        let seen = LayerRecording.of(carried.outer.packets(pieces), Inspector.Options.allLayers)
        let verdict = try #require(seen.connection(1)?.verdict)
        #expect(verdict.text.contains("the server agreed"))
    }

    // MARK: Rules

    @Test("frames on a layer are judged as any others")
    func rules() throws {
        let carried = Self.open { conversations in
            conversations[0].say(.client, Conversation.frame(0x81, Array("bare".utf8), key: nil))
            conversations[1].say(.server, Conversation.frame(0x83, [], key: nil))
        }
        for stack in [carried, carried.scrambled()] {
            let seen = Self.inspect(stack, closes: false)
            #expect(seen.connection(1)?.findings == [.maskMissing])
            #expect(seen.connection(2)?.findings == [.reservedOpcode])
            #expect(seen.connection(3)?.findings == [])
        }
    }

    @Test("an upgrade is refused with a body on one stream, and another is granted there after it")
    func refused() throws {
        var refused = Conversation()
        refused.say(.client, Conversation.request)
        refused.say(.server, Array("HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nno way".utf8))
        let carried = Self.open { conversations in conversations[1] = refused }
        for stack in [carried, carried.scrambled(cut: { 10 })] {
            let seen = Self.inspect(stack)
            let connection = try #require(seen.connection(2))
            #expect(connection.connection.status == .refused)
            #expect(connection.verdict?.manner == .refused)
            #expect(connection.connection.refusalBody.map { String(decoding: $0.bytes, as: UTF8.self) } == "no way")
            #expect(seen.connection(1)?.frameCount == 2)
        }
        var both = refused
        for step in Conversation.upgraded().steps { both.say(step.side, step.bytes) }
        both.frame(.client, 0x81, Array("now".utf8))
        let seen = Self.inspect(Self.open { $0[1] = both })
        let connections = seen.recording.connections.filter { $0.connection.carrier.stream == 2 }
        #expect(connections.map(\.connection.status) == [.refused, .open])
        #expect(connections.last?.client.messages.count == 1)
    }

    // MARK: Giving up

    @Test("a layer that gives up ends what it carries once, and nothing after it is read")
    func givesUp() throws {
        let open = Self.open()
        var carried = open.scrambled()
        let poison = ScrambledRecords.mark + [0, 99, 0xFF, 0xFF]
        carried.say(.server, poison + [1, 2, 3])
        for _ in 0..<5 { carried.say(.client, [UInt8](repeating: 7, count: 2_000)) }
        for cut in [1_448, 3] {
            let seen = LayerRecording.of(carried.outer.packets(carried.outer.pieces { cut }), Inspector.Options.allLayers)
            #expect(seen.recording.faults == [])
            #expect(seen.ends.sorted() == [1, 2, 3])
            #expect(seen.recording.connections.allSatisfy { $0.frameCount == 2 && $0.findings == [] })
            #expect(seen.recording.connections.allSatisfy { $0.verdict?.manner == .stillOpen })
            #expect(seen.recording.connections.allSatisfy { $0.verdict?.text.contains("could not be read on") == true })
            #expect(seen.recording.summary.abandonedLayers == 1)
            #expect(seen.recording.summary.connections == 3)
            #expect(seen.recording.summary.frames == 6)
            #expect(seen.recording.summary.flows == 1)
        }
    }

    @Test("an upgrade that waits when its layer gives up is not said to be answered wrongly")
    func givesUpEarly() throws {
        var asking = Conversation()
        asking.say(.client, Conversation.request)
        var carried = Carried.plain(asking).scrambled()
        carried.say(.server, ScrambledRecords.mark + [0, 0, 0xFF, 0xFF])
        let seen = Self.inspect(carried)
        let verdict = try #require(seen.connection(0)?.verdict)
        #expect(verdict.manner == .unanswered)
        #expect(verdict.text == "No answer to the upgrade is in the capture, which lacks packets of the server.")
    }

    /// Takes nothing.
    private final class Hoarder: ByteLayer {
        struct Factory: LayerFactory {
            func recognize(_ bytes: Span<UInt8>, fromServer: Bool) -> Recognition { bytes[0] == 0xEE ? .yes : .no }
            func makeLayer(isFromBeginning: Bool) -> any ByteLayer { Hoarder() }
            func transport(over transport: String) -> String { "hoard" }
        }

        func take(_ bytes: Span<UInt8>, from direction: Direction, into output: inout LayerOutput) -> Int { 0 }
        func noteGap(_ gap: Gap, from direction: Direction, into output: inout LayerOutput) {}
    }

    @Test("a layer that consumes nothing is given up")
    func hoarder() {
        var conversation = Conversation()
        for _ in 0..<40 { conversation.say(.client, [UInt8](repeating: 0xEE, count: 20_000)) }
        var limits = Limits()
        limits.undecidedByteCount = 100_000
        var most = 0
        let seen = LayerRecording.of(conversation.packets(), [Hoarder.Factory()], limits: limits) { most = max(most, $0) }
        #expect(most < 110_000)
        #expect(seen.recording.faults == [])
        #expect(seen.recording.summary.abandonedLayers == 1)
        #expect(seen.recording.connections.isEmpty)
    }

    @Test("a record that waits at --limit-memory is given up, and what follows is read")
    func memory() throws {
        var conversation = Conversation.upgraded()
        conversation.frame(.server, 0x81, [UInt8](repeating: 0x61, count: 14_000))
        for number in 0..<5 { conversation.frame(.server, 0x81, Array("small \(number)".utf8)) }
        let carried = Carried.plain(conversation).scrambled()
        var limits = Limits()
        limits.totalByteCount = 5_000
        var most = 0
        let seen = LayerRecording.of(carried.outer.packets(), Inspector.Options.allLayers, limits: limits) { most = max(most, $0) }
        #expect(most < 6_500)
        #expect(seen.recording.faults == [])
        let connection = try #require(seen.connection(0))
        #expect(LayerGapTests.contents(connection.server.messages) == (0..<5).map { "small \($0)" })
        #expect(seen.findings.contains { $0.finding.rule == .memoryLimit })
    }

    @Test("streams beyond the limit are counted and not followed, and one that ends makes room")
    func streamLimit() {
        var limits = Limits()
        limits.streamCount = 2
        let full = LayerRecording.of(Self.open().outer.packets(), Inspector.Options.allLayers, limits: limits)
        #expect(full.recording.faults == [])
        #expect(full.recording.connections.count == 2)
        #expect(full.recording.summary.omittedStreams == 1)

        var carried = Carried()
        for stream in 1...200 as ClosedRange<UInt64> {
            for step in Conversation.upgraded().steps { carried.step(step.side, step.bytes, of: stream) }
            for side in Side.allCases { carried.end(side, of: stream) }
        }
        let turns = LayerRecording.of(carried.outer.packets(), Inspector.Options.allLayers, limits: limits)
        #expect(turns.recording.connections.count == 200)
        #expect(turns.ends == Array(1...200))
        #expect(turns.recording.summary.omittedStreams == 0)
    }

    @Test("a stream that began when there were too many is not followed later, when there is room")
    func omittedStream() {
        var limits = Limits()
        limits.streamCount = 2
        var carried = Carried()
        for stream in 1...3 as ClosedRange<UInt64> {
            for step in Conversation.upgraded().steps { carried.step(step.side, step.bytes, of: stream) }
        }
        for side in Side.allCases { carried.end(side, of: 1) }
        var later = Conversation.upgraded()
        let handshakeCount = later.steps.count
        for number in 1...9 { later.frame(.client, 0x81, Array("question \(number)".utf8)) }
        for step in later.steps[handshakeCount...] { carried.step(step.side, step.bytes, of: 3) }
        for step in Conversation.upgraded().steps { carried.step(step.side, step.bytes, of: 4) }
        let seen = LayerRecording.of(carried.outer.packets(), Inspector.Options.allLayers, limits: limits)
        #expect(seen.recording.faults == [])
        #expect(seen.recording.connections.count == 3)
        #expect(seen.recording.summary.omittedStreams == 1)
    }

    @Test("a TCP connection that is forgotten says so of every connection that it carries")
    func forgotten() {
        var packets = Self.open().outer.packets(Self.open().outer.pieces(closes: false))
        for port in 0..<4 {
            var other = Conversation.upgraded()
            other.client.port = UInt16(10_000 + port)
            packets += other.packets(other.pieces(closes: false))
        }
        var limits = Limits()
        limits.connectionCount = 1
        let seen = LayerRecording.of(packets, Inspector.Options.allLayers, limits: limits)
        #expect([1, 2, 3].map { seen.connection($0)?.findings } == [[.connectionLimit], [.connectionLimit], [.connectionLimit]])
        #expect([1, 2, 3].map { seen.connection($0)?.verdict?.manner } == [.forgotten, .forgotten, .forgotten])
    }
}
