import Bytes
import Packets
import TestSupport
import Testing
import Verdicts
import WebSocket

@testable import Inspection

/// What packets make of a verdict: that its facts are gathered as they pass.
@Suite struct VerdictPacketTests {
    /// Two peers that send segments at times of the test's choice.
    struct Wire {
        private(set) var packets: [[UInt8]] = []
        private(set) var seconds: [Double] = []
        private var next: [Side: UInt32] = [.client: 1_000, .server: 2_000_000]
        private var last: [Side: (sequence: UInt32, payload: [UInt8])] = [:]

        /// One that has said hello both ways within 10 ms.
        init() {
            send(.client, flags: [.syn], at: 0)
            send(.server, flags: [.syn, .ack], at: 0.001)
            send(.client, Conversation.request, at: 0.002)
            send(.server, Conversation.response, at: 0.003)
            text(.client, at: 0.004)
            text(.server, at: 0.005)
            send(.client, at: 0.006)
        }

        /// One whose server answers the upgrade request with other bytes.
        init(answer: [UInt8]) {
            send(.client, flags: [.syn], at: 0)
            send(.server, flags: [.syn, .ack], at: 0.001)
            send(.client, Conversation.request, at: 0.002)
            send(.server, answer, at: 0.003)
        }

        mutating func send(
            _ side: Side, _ payload: [UInt8] = [], flags: TCPFlags = [.ack], window: UInt16 = 500, back: UInt32 = 0, at time: Double
        ) {
            let other = side.other
            let sequence = next[side, default: 0]
            packets.append(
                PacketBuilder.tcp(
                    from: side == .client ? PacketBuilder.client : PacketBuilder.server,
                    to: side == .client ? PacketBuilder.server : PacketBuilder.client, sequence: sequence &- back,
                    acknowledgment: flags.contains(.ack) ? next[other, default: 0] : 0, flags: flags, window: window, payload: payload))
            seconds.append(time)
            guard back == 0 else { return }
            if !payload.isEmpty { last[side] = (sequence, payload) }
            next[side] = sequence &+ UInt32(payload.count) &+ (flags.isDisjoint(with: [.syn, .fin]) ? 0 : 1)
        }

        mutating func frame(_ side: Side, _ first: UInt8, _ payload: [UInt8], at time: Double) {
            send(side, Conversation.frame(first, payload, key: side == .client ? [1, 2, 3, 4] : nil), at: time)
        }

        mutating func text(_ side: Side, at time: Double) { frame(side, 0x81, Array("hello".utf8), at: time) }
        mutating func close(_ side: Side, _ code: UInt16, at time: Double) { frame(side, 0x88, PacketBuilder.bigEndian(code), at: time) }

        /// The last segment with data once more.
        mutating func sendAgain(_ side: Side, at time: Double) {
            guard let segment = last[side] else { return }
            send(side, segment.payload, back: next[side, default: 0] &- segment.sequence, at: time)
        }

        mutating func end(_ first: Side, at time: Double) {
            send(first, flags: [.fin, .ack], at: time)
            send(first.other, flags: [.fin, .ack], at: time + 0.001)
        }

        /// A packet that the capture lacks.
        mutating func lose(_ place: Int) {
            packets.remove(at: place)
            seconds.remove(at: place)
        }

        /// All packets of a side.
        mutating func lose(_ side: Side) {
            // The first byte of the port that it is from.
            for place in packets.indices.reversed() where packets[place][34] == (side == .client ? 0xC0 : 0) { lose(place) }
        }

        mutating func swapLast() { packets.swapAt(packets.count - 1, packets.count - 2) }

        /// Every packet twice, as a capture on all interfaces has them.
        mutating func double() {
            packets = packets.flatMap { [$0, $0] }
            seconds = seconds.flatMap { [$0, $0] }
        }

        var verdict: Verdict? {
            let recording = Recording.of(packets, at: seconds)
            #expect(recording.faults == [])
            return recording.connections.last?.verdict
        }
    }

    private static func expect(
        _ verdict: Verdict?, _ manner: Verdict.Manner, by: Side?, _ cause: Verdict.Cause?, browser code: UInt16?,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(verdict?.manner == manner, sourceLocation: location)
        #expect(verdict?.by == by, sourceLocation: location)
        #expect(verdict?.cause == cause, sourceLocation: location)
        #expect(verdict?.browser?.code.rawValue == code, sourceLocation: location)
    }

    @Test("an agreed close, and its echo", arguments: [false, true])
    func agreed(isDoubled: Bool) {
        var wire = Wire()
        wire.close(.client, 1000, at: 1)
        wire.close(.server, 1000, at: 1.25)
        wire.end(.server, at: 1.3)
        if isDoubled { wire.double() }
        let verdict = wire.verdict
        Self.expect(verdict, .closed, by: .client, nil, browser: 1000)
        #expect(verdict?.echo == Verdict.Echo(code: .normal, after: 250_000_000))
        #expect(verdict?.browser?.wasClean == true)
        #expect(verdict?.evidence == (isDoubled ? [15, 17, 19, 21] : [8, 9, 10, 11]))
    }

    @Test("the end of TCP after a minute of silence, acknowledgements not counted")
    func idle() {
        var wire = Wire()
        wire.send(.server, at: 30)
        wire.end(.server, at: 60.01)
        let verdict = wire.verdict
        Self.expect(verdict, .finWithoutClose, by: .server, .idleTimeout, browser: 1006)
        #expect(verdict?.idle == 60_005_000_000)
        #expect(verdict?.timeout == 60)
    }

    @Test("a heartbeat breaks the silence of its side only")
    func oneSideIdle() {
        var wire = Wire()
        for time in [20.0, 40, 59] { wire.frame(.client, 0x8A, [], at: time) }
        wire.end(.server, at: 60.01)
        let verdict = wire.verdict
        Self.expect(verdict, .finWithoutClose, by: .server, .idleTimeout, browser: 1006)
        #expect(verdict?.silent == .server)
    }

    @Test("retransmissions count as unanswered until any packet comes", arguments: [false, true])
    func deaf(isAnswered: Bool) {
        var wire = Wire()
        wire.text(.server, at: 1)
        for time in [1.2, 1.6, 2.4, 4.0] { wire.sendAgain(.server, at: time) }
        if isAnswered { wire.send(.client, at: 4.1) }
        Self.expect(wire.verdict, .stillOpen, by: nil, isAnswered ? nil : .noAnswer, browser: nil)
    }

    @Test("keep-alive probes count as well, and the reset that follows gives up")
    func probes() {
        var wire = Wire()
        for time in [10.0, 20, 30] { wire.send(.server, back: 1, at: time) }
        wire.send(.server, flags: [.rst, .ack], at: 40)
        Self.expect(wire.verdict, .reset, by: .server, .noAnswer, browser: 1006)
    }

    @Test("a window that opens again in time is forgiven", arguments: [false, true])
    func stalled(opensAgain: Bool) {
        var wire = Wire()
        wire.send(.client, window: 0, at: 1)
        if opensAgain { wire.send(.client, window: 500, at: 3) }
        wire.send(.server, flags: [.rst, .ack], at: 9)
        Self.expect(wire.verdict, .reset, by: .server, opensAgain ? nil : .notReading, browser: 1006)
    }

    @Test("a pong that comes behind the close came too late", arguments: [false, true])
    func latePong(isInTime: Bool) {
        var wire = Wire()
        wire.frame(.server, 0x89, [7], at: 1)
        if isInTime { wire.frame(.client, 0x8A, [7], at: 1.5) }
        wire.close(.server, 1011, at: 21)
        if !isInTime { wire.frame(.client, 0x8A, [7], at: 22) }
        wire.close(.client, 1011, at: 22.1)
        wire.end(.server, at: 22.2)
        Self.expect(wire.verdict, .closed, by: .server, isInTime ? .internalError : .pingTimeout, browser: 1011)
    }

    @Test("an unmasked frame, and the close that answers it")
    func unmasked() {
        var wire = Wire()
        wire.send(.client, Conversation.frame(0x81, [0x41], key: nil), at: 1)
        wire.close(.server, 1002, at: 1.001)
        wire.end(.server, at: 1.002)
        let verdict = wire.verdict
        Self.expect(verdict, .closeUnanswered, by: .server, .protocolError, browser: 1002)
        #expect(verdict?.text.contains("right after the client's frame in packet 8 (not masked)") == true)
    }

    @Test("what has a Close frame's opcode and cannot be one ends nothing; the first that was out of step is what was answered")
    func outOfStep() {
        var wire = Wire()
        // A byte too many, then text where a frame should begin: 0x48 is a Close frame with RSV1 and no FIN.
        wire.send(
            .server,
            Array("HTML that nobody asked for, in a stream of frames, and no head of HTTP".utf8) + [UInt8](repeating: 0x20, count: 90),
            at: 1)
        wire.close(.client, 1002, at: 1.001)
        wire.end(.server, at: 1.002)
        let verdict = wire.verdict
        Self.expect(verdict, .closeUnanswered, by: .client, .protocolError, browser: 1006)
        #expect(verdict?.code?.rawValue == 1002)
        #expect(verdict?.text.contains("right after the server's frame in packet 8 (RSV1 without compression)") == true)
    }

    @Test("a run of broken frames begins anew behind a pause")
    func run() {
        var wire = Wire()
        wire.frame(.server, 0x83, [1], at: 1)
        wire.frame(.server, 0x84, [1], at: 9)
        wire.frame(.server, 0x82, [1], at: 9.1)
        wire.frame(.server, 0xB1, [1], at: 9.2)
        wire.close(.client, 1002, at: 9.3)
        wire.end(.server, at: 9.4)
        #expect(wire.verdict?.text.contains("the server's frame in packet 9 (reserved opcode)") == true)
    }

    @Test("the end of one direction, and the other side's close behind it")
    func halfClosed() {
        var wire = Wire()
        wire.send(.client, flags: [.fin, .ack], at: 1)
        wire.text(.server, at: 2)
        wire.close(.server, 1000, at: 3)
        wire.send(.server, flags: [.fin, .ack], at: 3.1)
        let verdict = wire.verdict
        Self.expect(verdict, .finWithoutClose, by: .client, nil, browser: 1006)
        #expect(verdict?.text == "The client hung up without a close frame; the server closed with 1000 2 s later.")
    }

    @Test("a FIN that acknowledges the other one was second, although it was captured first", arguments: [false, true])
    func swapped(isSwapped: Bool) {
        var wire = Wire()
        wire.send(.server, flags: [.fin, .ack], at: 1)
        wire.send(.client, flags: [.fin, .ack], at: 1.001)
        if isSwapped { wire.swapLast() }
        Self.expect(wire.verdict, .finWithoutClose, by: .server, nil, browser: 1006)
    }

    @Test("an answer that the capture lacks, SYN and all, is not said to be no HTTP", arguments: [[3], [1, 3]])
    func answerLost(places: [Int]) {
        var wire = Wire()
        for time in [1.0, 2, 3] {
            wire.text(.server, at: time)
            wire.text(.client, at: time + 0.1)
        }
        wire.end(.server, at: 4)
        for place in places.reversed() { wire.lose(place) }
        let verdict = wire.verdict
        Self.expect(verdict, .finWithoutClose, by: .server, nil, browser: 1006)
    }

    @Test(
        "an answer in another protocol is named",
        arguments: [
            ([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100], "HTTP/2"), ([0x15, 3, 3, 0, 2, 2, 70], "TLS"), ([1, 2, 3], "no HTTP"),
        ])
    func foreign(answer: [UInt8], words: String) {
        var wire = Wire(answer: answer)
        wire.end(.server, at: 1)
        let verdict = wire.verdict
        Self.expect(verdict, .unanswered, by: nil, nil, browser: 1006)
        #expect(verdict?.text.contains("What came back for the upgrade request is \(words)") == true)
    }

    @Test("a reset tells how much may be unread, and one without an acknowledgement that nobody knew of a connection")
    func resets() {
        var wire = Wire()
        wire.text(.client, at: 1)
        wire.text(.client, at: 1.1)
        var aborted = wire
        aborted.send(.server, flags: [.rst, .ack], at: 1.2)
        // Two frames of 2 + 4 + 5 bytes.
        #expect(aborted.verdict?.text.contains("its machine had received the client's last 22 bytes") == true)
        var forgotten = wire
        forgotten.send(.server, flags: [.rst], at: 1.2)
        #expect(forgotten.verdict?.text.contains("as if it knew of no connection") == true)
    }

    @Test("a Close frame that the capture lacks is not missed by its sender")
    func hidden() {
        var wire = Wire()
        wire.close(.server, 1000, at: 1)
        wire.end(.server, at: 1.1)
        wire.lose(7)
        let verdict = wire.verdict
        #expect(verdict?.manner == .finWithoutClose)
        #expect(verdict?.browser == nil)
        #expect(verdict?.text.contains("not known, because the capture lacks the last 4 bytes of it") == true)
    }

    @Test("a Close frame that waits for missing bytes came when its packet did")
    func closeAfterGap() {
        var wire = Wire()
        wire.text(.client, at: 0.5)
        wire.close(.client, 1000, at: 1)
        wire.close(.server, 1000, at: 1.25)
        wire.send(.client, at: 1.251)
        wire.lose(7)
        let verdict = wire.verdict
        Self.expect(verdict, .closed, by: .client, nil, browser: nil)
        #expect(verdict?.echo == Verdict.Echo(code: .normal, after: 250_000_000))
    }

    @Test("a side of which bytes are missing is not acquitted of what the other complained of", arguments: [false, true])
    func complaint(isLost: Bool) {
        var wire = Wire()
        wire.frame(.client, 0x82, [1, 2, 3, 4, 5], at: 1)
        wire.close(.server, 1002, at: 1.001)
        wire.send(.client, at: 1.002)
        wire.end(.server, at: 1.003)
        if isLost { wire.lose(7) }
        let verdict = wire.verdict
        // An answer may be among them, and then a browser ends cleanly.
        // Nor is it known whether one was, which the server answered: it had received them.
        Self.expect(verdict, .closeUnanswered, by: isLost ? nil : .server, .protocolError, browser: isLost ? nil : 1002)
        #expect(verdict?.text.contains("nothing that wsray checks is wrong with what the client sent") == !isLost)
        // 2 bytes of header, 4 of mask, 5 of payload.
        #expect(
            verdict?.text.contains("lacks the last 11 bytes of the client, which may be the reason, or a close frame that came first")
                == isLost)
    }

    @Test("where one side's packets were captured alone, nothing is said of who was first", arguments: Side.allCases)
    func alone(side: Side) {
        for isClosed in [true, false] {
            var wire = Wire()
            if isClosed {
                wire.close(side, 1011, at: 1)
                wire.close(side.other, 1011, at: 1.001)
            }
            wire.end(side.other, at: 1.002)
            wire.lose(side.other)
            let verdict = wire.verdict
            #expect(verdict?.manner == (isClosed ? .closeUnanswered : .finWithoutClose))
            #expect(verdict?.by == nil)
            #expect(verdict?.cause == nil)
            #expect(verdict?.unknown == .order)
            #expect(
                verdict?.phrase == (isClosed ? "closed 1011 internal error, first side unknown" : "hung up, first side unknown")
            )
        }
    }

    @Test("a frame cut off by the end of TCP")
    func cutOff() {
        var wire = Wire()
        wire.send(.server, [0x82, 100, 1, 2, 3], at: 1)
        wire.end(.server, at: 1.1)
        let verdict = wire.verdict
        Self.expect(verdict, .finWithoutClose, by: .server, nil, browser: 1006)
        #expect(verdict?.facts.map(\.text).contains("frame of the server cut off, 97 bytes missing") == true)
    }

    @Test("the ports used again end a connection whose end was not captured")
    func portsReused() {
        var wire = Wire()
        wire.send(.client, flags: [.syn], back: 500_000, at: 100)
        let recording = Recording.of(wire.packets, at: wire.seconds)
        let verdict = recording.connections.first?.verdict
        #expect(verdict?.manner == .stillOpen)
        #expect(verdict?.text == "Its end was not captured; from packet 8 on another connection uses its ports.")
    }
}
