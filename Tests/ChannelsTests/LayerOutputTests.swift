import Bytes
import Channels
import Testing

@Suite("What a layer says stays in order") struct LayerOutputTests {
    @Test("ranges of the input and bytes that were made are told apart")
    func deliveries() {
        var output = LayerOutput()
        let empty = output.isEmpty
        #expect(empty)
        output.deliver(3..<7, to: 5, .fromLow)
        output.deliver([1, 2, 3].span, from: 0..<9, .fromHigh)
        output.deliver([4].span, from: 9..<12, .fromHigh)
        output.noteGap(.bounded(nil), of: 5, .fromLow)
        output.end(5, .fromLow)
        output.giveUp()
        let words = output.actions.map { "\($0)" }
        #expect(words.count == 6)
        var ranges: [Range<Int>] = []
        var made: [UInt8] = []
        for action in output.actions {
            switch action {
            case .deliver(let range, let isInput, let source, let stream, let direction):
                guard case .input(let taken) = source else {
                    Issue.record("\(source)")
                    continue
                }
                if isInput {
                    #expect(range == 3..<7 && taken == range && stream == 5 && direction == .fromLow)
                } else {
                    #expect(stream == nil && direction == .fromHigh)
                    ranges.append(taken)
                    made += output.bytes.span.extracting(range).copied()
                }
            case .gap(let gap, let stream, let direction): #expect(gap == .bounded(nil) && stream == 5 && direction == .fromLow)
            case .end(let stream, _, let abort, let mark): #expect(stream == 5 && abort == nil && mark == nil)
            case .resume, .giveUp, .head, .drain, .warn, .stall, .oddity, .part: break
            }
        }
        #expect(ranges == [0..<9, 9..<12])
        #expect(made == [1, 2, 3, 4])
        output.removeAll()
        let (isEmpty, count) = (output.isEmpty, output.bytes.count)
        #expect(isEmpty)
        #expect(count == 0)
    }

    @Test("content of one packet is kept apart as long as nothing else comes before it")
    func contents() {
        var output = LayerOutput()
        let mark = PacketMark(number: 7, time: Timestamp(nanoseconds: 1))
        output.acknowledge(after: 5, .fromHigh)
        output.deliver([1, 2].span, of: mark, end: 4, to: 8, .fromLow)
        output.end(8, .fromLow)
        output.deliver([3].span, of: mark, end: 6, to: 8, .fromHigh)
        let (contents, others) = (output.contents, output.others.count)
        #expect(contents.count == 1 && others == 2)
        #expect(contents.first?.mark == mark && contents.first?.end == 4)
        #expect(output.acknowledgements.map(\.time) == [5])
        var words: [String] = []
        for action in output.actions {
            switch action {
            case .deliver(let range, false, .packets(let origin, let end), 8, let direction):
                #expect(origin == Origin(mark))
                words.append("\(output.bytes.span.extracting(range).copied()) \(end) \(direction)")
            case .end: words.append("end")
            default: Issue.record("\(action)")
            }
        }
        #expect(words == ["[1, 2] 4 fromLow", "end", "[3] 6 fromHigh"])
        output.removeAll()
        let isEmpty = output.isEmpty
        #expect(isEmpty)
    }

    @Test("content is taken piece by piece, from the front, and the room for it is used again")
    func takingContent() {
        var output = LayerOutput()
        let mark = PacketMark(number: 7, time: Timestamp(nanoseconds: 1))
        for round in 1...3 {
            for index in 0..<100 { output.deliver([1, 2, 3].span, of: mark, end: UInt64(3 * index), to: UInt64(round), .fromLow) }
            output.takeContent(2)
            let first = output.nextContent
            #expect(first?.range == 2..<3 && first?.stream == UInt64(round))
            output.takeContent(1)
            let (second, left) = (output.nextContent, output.contents.count)
            #expect(second?.range == 3..<6 && second?.end == 3 && left == 99)
            for _ in 1..<100 { output.takeContent(3) }
            let (none, isEmpty) = (output.nextContent, output.isEmpty)
            #expect(none == nil && isEmpty)
            output.removeAll()
        }
    }

    @Test("acknowledgements that nobody asks for are not noted")
    func unwantedAcknowledgements() {
        var output = LayerOutput()
        output.wantsAcknowledgements = false
        output.acknowledge(after: 5, .fromHigh)
        let isEmpty = output.isEmpty
        #expect(isEmpty)
    }

    @Test("a gap has a size only where it is exact")
    func gaps() {
        #expect(Gap.exact(3).byteCount == 3)
        #expect(Gap.bounded(3).byteCount == nil)
        #expect(Gap.bounded(nil).byteCount == nil)
    }

    @Test("a pair has a value for each direction")
    func pairs() {
        var pair = Pair(fromLow: 1, fromHigh: 2)
        pair[.fromHigh] += 5
        #expect(pair[.fromLow] == 1)
        #expect(pair[.fromHigh] == 7)
        #expect(Direction.allCases.map(\.opposite) == [.fromHigh, .fromLow])
    }
}
