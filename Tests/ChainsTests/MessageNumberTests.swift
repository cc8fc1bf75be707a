import JSON
import Testing
import WebSocket

@testable import Chains

@Suite("Numbers of messages")
struct MessageNumberTests {
    private static func numbers(_ messages: String...) -> MessageNumbers {
        var numbers = MessageNumbers()
        for message in messages { numbers.take(Array(message.utf8).span) }
        return numbers
    }

    private static func counted(_ range: ClosedRange<Int>, _ name: String = "seq") -> SessionNotes {
        var notes = SessionNotes()
        for number in range { notes.numbers.take(Array("{\"a\":[{}],\"\(name)\":\(number)}".utf8).span) }
        return notes
    }

    private static func continuity(_ before: SessionNotes, _ after: SessionNotes) -> Continuity {
        Continuity([(LaneTests.link(0, 1, .lost, nil), before), (LaneTests.link(2, 3, .open, nil), after)])
    }

    @Test("a member that grows by one is the number, also with others between")
    func growing() {
        let numbers = Self.numbers("{\"seq\":7}", "{\"kind\":\"ping\"}", "{\"seq\":8}", "not JSON", "{\"seq\":9,\"id\":1}")
        #expect(numbers.areKnown && numbers.first == 7 && numbers.last == 9)
    }

    @Test("anything else is none")
    func none() {
        #expect(!Self.numbers("{\"seq\":7}", "{\"seq\":8}").areKnown)
        #expect(!Self.numbers("{\"seq\":7}", "{\"seq\":8}", "{\"seq\":9}", "{\"seq\":11}").areKnown)
        #expect(!Self.numbers("{\"id\":\"7\"}", "{\"id\":\"8\"}", "{\"id\":\"9\"}").areKnown)
        #expect(!Self.numbers("{\"seq\":99999999999999999999}", "{\"seq\":1e3}", "[1]", "{").areKnown)
        #expect(!Self.numbers("a", "b", "c", "d", "{\"seq\":7}", "{\"seq\":8}", "{\"seq\":9}").isLooking)
    }

    @Test("what is missing between two connections is counted")
    func missing() {
        #expect(Self.continuity(Self.counted(1...5), Self.counted(9...12)).missingCount == 3)
        #expect(Self.continuity(Self.counted(1...5), Self.counted(6...9)).missingCount == 0)
        #expect(Self.continuity(Self.counted(1...5), Self.counted(4...9)).againCount == 2)
        #expect(Self.continuity(Self.counted(1...5), Self.counted(1...9)).restartedCount == 1)
        #expect(Self.continuity(Self.counted(1...5), Self.counted(6...9, "id")).numberedCount == 0)
    }
}
