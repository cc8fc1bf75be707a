import Bytes
import Filter
import Inspection
import WebSocket

extension FuzzTarget {
    /// Expressions of the filter language: a mistake has a place in it, and what has none selects by the laws of logic.
    static let filter = FuzzTarget("filter") { input throws(Broken) in
        let text = String(decoding: input, as: UTF8.self)
        let condition: Condition
        do throws(ConditionError) {
            condition = try Condition(text)
        } catch {
            let count = text.utf8.count
            try demand(error.range.lowerBound >= 0 && error.range.upperBound <= count, "the mistake is at \(error.range) of \(count) bytes")
            try demand(!error.message.isEmpty, "the mistake has no words")
            try Promise.harmless(Array(error.rendered(in: text).utf8), "the mistake")
            return
        }
        guard !condition.asksAboutEndings, !condition.asksAboutOperations else { return }
        let selected = frames(condition)
        for same in ["(\(text)\n)", "not (not (\(text)\n))", "(\(text)\n) and (\(text)\n)"] {
            guard let other = try? Condition(same) else { continue }
            try demand(frames(other) == selected, "\(same) selects other frames")
        }
        guard let inverse = try? Condition("not (\(text)\n)") else { return }
        let others = frames(inverse)
        try demand(
            Set(selected).isDisjoint(with: others) && selected.count + others.count == frames(nil).count,
            "it selects \(selected), and its inverse \(others)")
    }

    private static func frames(_ condition: Condition?) -> [UInt64] {
        guard let condition else {
            var sink = FrameNumbers()
            conversation.inspect(into: &sink)
            return sink.numbers
        }
        var sink = FilteringSink(FrameNumbers(), condition)
        conversation.inspect(into: &sink)
        return sink.inner.numbers
    }

    /// A little of everything that a condition on frames can ask about.
    private static let conversation: Dialogue = {
        var dialogue = Dialogue.opened()
        dialogue.upgrade()
        dialogue.send(true, Dialogue.frame(0x81, Array(#"{"type":"price","items":[{"id":1,"v":1.5},{"id":2}],"s":"a\u0062"}"#.utf8)))
        dialogue.send(true, Dialogue.frame(0x82, [0, 1, 0xFF, 0xFE]))
        dialogue.send(true, Dialogue.frame(0x01, Array("part ".utf8)) + Dialogue.frame(0x89, Array("ping".utf8)))
        dialogue.send(true, Dialogue.frame(0x80, Array("of more".utf8)))
        dialogue.send(false, [0x8A, 0x84, 1, 2, 3, 4] + zip(Array("ping".utf8), [1, 2, 3, 4]).map { $0 ^ $1 })
        dialogue.send(true, Dialogue.frame(0xC1, Array("bits".utf8)))
        dialogue.send(true, Dialogue.frame(0x88, [3, 0xE8] + Array("done".utf8)))
        return dialogue
    }()
}

private struct FrameNumbers: EventSink {
    var numbers: [UInt64] = []

    mutating func frame(_ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection) {
        numbers.append(frame.number)
    }

    mutating func note(_ event: Event) {}

    var hasEnough: Bool { false }
}
