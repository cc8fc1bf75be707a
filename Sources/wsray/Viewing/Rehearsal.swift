import ArgumentParser
import Bytes
import System
import Terminal
import Viewer

/// The viewer without a terminal: keys in, the last screen as text out. For the screens in the documents, tests and figures.
struct Rehearsal: ParsableArguments {
    @Option(name: .customLong("rehearse"), help: .hidden)
    var keys: String?

    @Option(name: .customLong("size"), help: .hidden)
    var size = "80x24"

    @Flag(name: .customLong("measure"), help: .hidden)
    var measures = false

    @Flag(name: .customLong("key-table"), help: .hidden)
    var listsKeys = false

    var isWanted: Bool { keys != nil }

    var screenSize: Size {
        let parts = size.split(separator: "x").compactMap { Int($0) }
        return parts.count == 2 ? Size(columns: parts[0], rows: parts[1]) : Size(columns: 80, rows: 24)
    }

    /// Presses the keys, named as in help and separated by blanks, when everything is read, and prints the screen.
    func run(_ handover: Handover, _ bytes: StoredBytes, source: String, look: Look, clock: State.Clock) throws {
        var state = State(Transcript(), bytes, source: source, look: look, size: screenSize)
        state.clock = clock
        state.zone = { LocalTime.offset(atSecond: $0) }
        var isDone = false
        while !isDone {
            guard let news = handover.take(atMost: .max) else {
                SystemClock.sleep(microseconds: 1_000)
                continue
            }
            bytes.refresh()
            for batch in news.batches { state.receive(batch, news.progress) }
            state.receive(news.progress)
            isDone = news.progress.isDone
        }
        for name in keys?.split(separator: " ") ?? [] {
            guard let key = Key(named: String(name)) else { throw ValidationError("there is no key \(name)") }
            if let action = state.action(for: .key(key)) { _ = state.perform(action) }
            while state.work() {}
        }
        var text = ByteBuffer()
        for line in state.draw().lines { text.append(string: line + "\n") }
        try Output.write(text)
    }
}
