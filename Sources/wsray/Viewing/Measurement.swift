import Bytes
import System
import Terminal
import Text
import Viewer

/// Figures of the viewer: `bench/view` prints them. Keys come at fixed times, as if typed, while the input is read; a key's time
/// ends when the bytes of its screen are ready to be written.
struct Measurement: ~Copyable {
    private var state: State
    private var writer: ScreenWriter
    private var output = ByteBuffer()
    private let handover: Handover
    private let bytes: StoredBytes
    private var latencies: [Int64] = []
    private var drawnByteCount = 0

    /// Nanoseconds between keys: faster than a keyboard repeats.
    private static let keyInterval: Int64 = 11_000_000
    private static let keys =
        "j j j PgDn PgDn G k k g 2 j PgDn PgDn G PgUp v G PgUp g v t Enter J J Tab Tab . q e / q C-c 3 j G 1 Enter G q"

    init(_ state: State, _ level: ColourLevel, _ handover: Handover, _ bytes: StoredBytes) {
        self.state = state
        writer = ScreenWriter(level)
        self.handover = handover
        self.bytes = bytes
    }

    private mutating func draw() {
        output.removeAll()
        writer.show(state.draw(), into: &output)
        drawnByteCount += output.count
    }

    /// Takes what is new; false when there is nothing.
    private mutating func receive() -> Bool {
        guard let news = handover.take(atMost: 8) else { return false }
        bytes.refresh()
        for batch in news.batches { state.receive(batch, news.progress) }
        state.receive(news.progress)
        return true
    }

    mutating func run() throws {
        let start = SystemClock.nanoseconds
        var report: [String] = []
        let names = Self.keys.split(separator: " ").compactMap { Key(named: String($0)) }
        var firstScreen: Int64?
        var due = SystemClock.nanoseconds + Self.keyInterval
        var pressed = 0
        while !state.progress.isDone {
            if !receive(), !state.work() { SystemClock.sleep(microseconds: 300) }
            if firstScreen == nil, state.hasRows {
                draw()
                firstScreen = SystemClock.nanoseconds - start
            }
            // One at a time: where a screen takes longer than a key, the input is still read.
            if SystemClock.nanoseconds >= due {
                press(names[pressed % names.count])
                pressed += 1
                latencies.append(SystemClock.nanoseconds - due)
                due += Self.keyInterval
            }
        }
        let loaded = SystemClock.nanoseconds - start
        report.append("first screen \(Quantity.duration(firstScreen ?? 0)), all read after \(Quantity.duration(loaded))")
        report.append(keys("while reading"))
        report.append("peak memory \(Quantity.size(CurrentProcess.peakMemoryByteCount))")
        latencies = []
        for round in 0..<5 * names.count {
            let begin = SystemClock.nanoseconds
            press(names[round % names.count])
            latencies.append(SystemClock.nanoseconds - begin)
        }
        report.append(keys("afterwards"))
        for (what, text) in [("text", "zz not there zz"), ("regex", "zz [nN]ot there zz")] { report.append(search(text, what)) }
        report.append(filter("text contains \"zz not there zz\""))
        report.append(filter("length > 100 and opcode == binary"))
        var lines = ByteBuffer()
        for line in report { lines.append(string: line + "\n") }
        try Output.write(lines)
    }

    private mutating func press(_ key: Key) {
        if let action = state.action(for: .key(key)) { _ = state.perform(action) }
        draw()
    }

    private func keys(_ when: String) -> String {
        let sorted = latencies.sorted()
        guard !sorted.isEmpty else { return "no keys \(when)" }
        func at(_ share: Double) -> String { Quantity.duration(sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]) }
        return "\(Quantity.counted(UInt64(sorted.count), "key")) \(when): median \(at(0.5)), 99 % within \(at(0.99)), slowest \(at(1))"
    }

    private mutating func type(_ text: String) {
        for scalar in text.unicodeScalars { _ = state.perform(.type(scalar)) }
        _ = state.perform(.submit)
    }

    private mutating func search(_ text: String, _ form: String) -> String {
        _ = state.perform(.timeline)
        _ = state.perform(.search)
        if form == "regex" { for _ in 0..<2 { _ = state.perform(.searchForm) } }
        let begin = SystemClock.nanoseconds
        type(text)
        while state.work() {}
        return rate("search for \(form)", SystemClock.nanoseconds - begin)
    }

    private mutating func filter(_ text: String) -> String {
        _ = state.perform(.timeline)
        _ = state.perform(.filter)
        let begin = SystemClock.nanoseconds
        type(text)
        while state.work() {}
        let line = rate("filter \(text)", SystemClock.nanoseconds - begin)
        _ = state.perform(.cancel)
        return line
    }

    private func rate(_ what: String, _ nanoseconds: Int64) -> String {
        let perSecond = Double(state.payloadByteCount) / Double(max(1, nanoseconds))
        let hundredths = Int(perSecond * 100)
        return "\(what): \(Quantity.size(state.payloadByteCount)) in \(Quantity.duration(nanoseconds)), "
            + "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) GB/s"
    }
}
