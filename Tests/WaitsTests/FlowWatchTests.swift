import Testing
import Waits
import WebSocket

private func ms(_ count: Int64) -> Int64 { count * 1_000_000 }

/// Two sides with a watch between them: requests of 100 bytes, answers of 200.
private struct Stage {
    let watch: FlowWatch
    private var packet: UInt64 = 0
    private var sent: [Int64] = [0, 0]
    var windows = [65_536, 65_536]

    init(explainsMessages: Bool = false) { watch = FlowWatch(explainsMessages: explainsMessages) }

    /// A message of the server, and how it came.
    func message(_ number: UInt64 = 1, of connection: UInt64 = 1, from start: Int64, to end: Int64) -> [String]? {
        let delivery = watch.delivery(of: connection, from: .server, start: ms(start), end: ms(end))
        watch.take(message: number, of: connection, from: .server, start: ms(start), end: ms(end))
        guard let delivery else { return nil }
        #expect(delivery.wait.parts.reduce(0) { $0 + $1.nanoseconds } == delivery.nanoseconds)
        return delivery.wait.parts.map { "\($0.cause.name) \($0.nanoseconds / ms(1)) \($0.firstPacket)-\($0.lastPacket)" }
    }

    @discardableResult
    mutating func segment(
        _ side: Side, at time: Int64, _ byteCount: Int = 0, from start: Int64? = nil, isHeld: Bool = false, fillsGap: Bool = false
    ) -> UInt64 {
        packet += 1
        let first = start ?? sent[side.rawValue]
        var mark = TransportMark(
            flow: 1, packet: packet, time: ms(time), from: side, start: first, byteCount: byteCount,
            isRepeated: start != nil && !fillsGap && !isHeld, isHeld: isHeld, fillsGap: fillsGap)
        sent[side.rawValue] = max(sent[side.rawValue], first + Int64(byteCount))
        mark.acknowledged = acknowledged[side.rawValue]
        mark.window = windows[side.rawValue]
        mark.segmentLimit = 1_460
        mark.roundTrip = ms(10)
        watch.take(mark)
        return packet
    }

    /// How much of the other side's stream each acknowledges.
    var acknowledged: [Int64] = [0, 0]

    mutating func acknowledge(_ side: Side, at time: Int64) {
        acknowledged[side.rawValue] = sent[side.other.rawValue]
        segment(side, at: time)
    }

    func ask(_ message: UInt64 = 1, at time: Int64) { watch.open(message: message, of: 1, from: .client, start: ms(time), end: ms(time)) }

    func answer(to message: UInt64 = 1, at time: Int64) -> [String]? {
        watch.wait(for: message, of: 1, answerStart: ms(time), answerEnd: ms(time), isLast: true)?.parts.map {
            "\($0.cause.name) \($0.nanoseconds / ms(1)) \($0.firstPacket)-\($0.lastPacket)"
        }
    }
}

@Suite struct DeliveryTests {
    @Test("a message that comes at once was no time on its way")
    func atOnce() {
        var stage = Stage(explainsMessages: true)
        stage.segment(.server, at: 5, 200)
        #expect(stage.message(from: 5, to: 5) == nil)
    }

    @Test("a message of several segments is its own cause")
    func transfer() {
        var stage = Stage(explainsMessages: true)
        stage.segment(.server, at: 5, 1_000)
        stage.segment(.server, at: 25, 1_000)
        #expect(stage.message(from: 5, to: 25) == ["transfer 20 0-0"])
    }

    @Test("a message whose first bytes come late begins with what waited for them, and one that waited ends when they come")
    func gap() {
        var stage = Stage(explainsMessages: true)
        stage.segment(.server, at: 0, 100)
        #expect(stage.message(1, from: 0, to: 0) == nil)
        stage.segment(.server, at: 20, 100, from: 200, isHeld: true)
        stage.segment(.server, at: 220, 100, from: 100, fillsGap: true)
        #expect(stage.message(2, from: 220, to: 220) == ["resent 200 2-3"])
        #expect(stage.message(3, from: 20, to: 20) == ["resent 200 2-3"])
        stage.segment(.server, at: 230, 100)
        #expect(stage.message(4, from: 230, to: 230) == nil)
    }

    @Test("a message that comes as soon as the window opens waited for it; one that comes later did not")
    func window() {
        for (first, words) in [(Int64(404), ["window 300 2-3", "network 4 0-0"]), (900, nil)] {
            var stage = Stage(explainsMessages: true)
            stage.windows[Side.client.rawValue] = 1_000
            stage.acknowledge(.client, at: 0)
            stage.segment(.server, at: 100, 1_000)
            #expect(stage.message(1, from: 100, to: 100) == nil)
            stage.windows[Side.client.rawValue] = 65_536
            stage.acknowledge(.client, at: 400)
            stage.segment(.server, at: first, 200)
            #expect(stage.message(2, from: first, to: first) == words)
        }
    }

    @Test("a message of another connection in between is named")
    func otherConnection() {
        var stage = Stage(explainsMessages: true)
        stage.segment(.server, at: 0, 1_000)
        stage.segment(.server, at: 10, 1_000)
        stage.segment(.server, at: 40, 1_000)
        #expect(stage.message(7, of: 2, from: 10, to: 40) == ["transfer 30 0-0"])
        stage.segment(.server, at: 50, 100)
        #expect(stage.message(8, of: 1, from: 0, to: 50) == ["head-of-line 30 0-0", "transfer 20 0-0"])
    }

    @Test("where no segments are seen, nothing is known")
    func withoutSegments() {
        let stage = Stage(explainsMessages: true)
        #expect(stage.message(from: 5, to: 25) == ["unknown 20 0-0"])
    }
}

@Suite struct FlowWatchTests {
    @Test("the acknowledgement of a request is evidence of the peer's wait")
    func acknowledgement() {
        var stage = Stage()
        stage.segment(.client, at: 0, 100)
        stage.ask(at: 0)
        stage.acknowledge(.server, at: 12)
        stage.segment(.server, at: 300, 200)
        #expect(stage.answer(at: 300) == ["peer 290 2-2", "network 10 0-0"])
        #expect(stage.answer(at: 301) == nil)
    }

    @Test("a request that is sent again is dated by its first copy")
    func resent() {
        var stage = Stage()
        stage.segment(.client, at: 0, 100)
        stage.ask(at: 0)
        stage.segment(.client, at: 200, 100, from: 0)
        stage.acknowledge(.server, at: 215)
        #expect(stage.answer(at: 230) == ["resent 200 1-2", "peer 20 3-3", "network 10 0-0"])
    }

    @Test("what others waited for is dated by the first that waited")
    func gap() {
        var stage = Stage()
        stage.segment(.client, at: 0, 100)
        stage.ask(at: 0)
        stage.acknowledge(.server, at: 10)
        stage.segment(.server, at: 20, 100, from: 1_000, isHeld: true)
        stage.segment(.server, at: 30, 100, from: 1_100, isHeld: true)
        stage.segment(.server, at: 220, 1_000, from: 0, fillsGap: true)
        #expect(stage.answer(at: 220) == ["resent 200 3-5", "network 10 0-0", "peer 10 2-2"])
    }

    @Test("a window that is closed, or too small for a segment, is its reader's doing")
    func window() {
        var stage = Stage()
        stage.segment(.client, at: 0, 100)
        stage.ask(at: 0)
        stage.windows[0] = 3_000
        stage.acknowledge(.client, at: 1)
        stage.segment(.server, at: 20, 1_448)
        stage.segment(.server, at: 20, 1_448)
        stage.windows[0] = 0
        stage.acknowledge(.client, at: 30)
        stage.windows[0] = 1_000
        stage.acknowledge(.client, at: 200)
        stage.windows[0] = 3_000
        stage.acknowledge(.client, at: 250)
        stage.segment(.server, at: 251, 1_448)
        #expect(stage.answer(at: 251) == ["window 230 4-7", "peer 11 0-0", "network 10 0-0"])
    }

    @Test("who sends less than the window allows was not kept back by it")
    func smallMessages() {
        var stage = Stage()
        stage.windows[0] = 1_000
        stage.acknowledge(.client, at: 0)
        stage.segment(.client, at: 0, 100)
        stage.ask(at: 0)
        stage.segment(.server, at: 100, 200)
        stage.segment(.server, at: 300, 200)
        #expect(stage.answer(at: 300) == ["peer 290 0-0", "network 10 0-0"])
    }

    @Test("messages before the answer are in its way, while a request waits")
    func messages() {
        var stage = Stage()
        stage.watch.take(message: 1, of: 1, from: .server, start: 0, end: ms(50))
        stage.segment(.client, at: 60, 100)
        stage.ask(2, at: 60)
        stage.acknowledge(.server, at: 72)
        stage.watch.take(message: 3, of: 1, from: .server, start: ms(100), end: ms(300))
        #expect(stage.answer(to: 2, at: 310) == ["head-of-line 200 0-0", "peer 40 2-2", "network 10 0-0"])
    }

    @Test("many hindrances are forgotten, and what was before them is unknown")
    func bounded() {
        var stage = Stage()
        stage.segment(.client, at: 0, 100)
        stage.ask(at: 0)
        stage.acknowledge(.server, at: 0)
        let count = Int64(FlowWatch.hindranceLimit)
        for number in 0...count {
            stage.watch.take(message: UInt64(number), of: 1, from: .server, start: ms(10 * number), end: ms(10 * number + 1))
        }
        let parts = stage.watch.wait(for: 1, of: 1, answerStart: ms(10 * count + 1), answerEnd: ms(10 * count + 1), isLast: true)?.parts
        #expect(parts?.contains { $0.cause == .unknown && $0.nanoseconds == ms(10 * (count / 2 - 1) + 1) } == true)
    }

    @Test("more requests than the limit are not watched")
    func manyRequests() {
        let stage = Stage()
        for number in 1...UInt64(FlowWatch.requestLimit + 1) { stage.ask(number, at: 0) }
        #expect(stage.answer(to: UInt64(FlowWatch.requestLimit), at: 1) != nil)
        #expect(stage.answer(to: UInt64(FlowWatch.requestLimit + 1), at: 1) == nil)
    }
}
