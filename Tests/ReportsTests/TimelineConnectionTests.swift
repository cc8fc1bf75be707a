import Bytes
import HTTP
import Rules
import Testing
import Text
import Verdicts
import WebSocket

@testable import Inspection
@testable import Reports

@Suite("What the timeline says of connections")
struct TimelineConnectionTests {
    private static let clean = Verdict(.closed, text: "Closed cleanly: both agreed.", time: .sample(1_300_000_000))

    private func shown(_ connection: Connection, width: Int?, isAboutOne: Bool = false, _ verdict: Verdict = clean) -> [String] {
        var options = TimelineReport.Options()
        options.width = width
        options.isAboutOne = isAboutOne
        var report = TimelineReport(options)
        report.note(.opened(connection))
        var end = ConnectionEnd(of: connection, Conclusion(verdict))
        end.client.frames = 1
        end.server.frames = 12_345
        report.note(.ended(end))
        return String(decoding: report.output.span.copied(), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("a title stands in one line where it has room, and nothing is wider than the terminal", arguments: [60, 80, 100, 120, 200])
    func title(width: Int) {
        let lines = shown(.sample(inferred: ["The handshake was not captured; the frames were recognised by their form."]), width: width)
        #expect(lines.first == "#3  192.0.2.10:49152 → [2001:db8::1]:80" + (width >= 72 ? "   2026-01-15 10:00:00.000 UTC" : ""))
        for line in lines { #expect(line.unicodeScalars.count <= width, "\(line)") }
    }

    @Test("how it ended is broken between its parts")
    func ending() {
        #expect(
            shown(.sample(), width: 70).suffix(2) == [
                "#3    end  1.3 s · Closed cleanly: both agreed · → 1 frame, 0 B",
                "           ← 12,345 frames, 0 B",
            ])
        #expect(
            shown(.sample(), width: nil).last
                == "#3    end  1.3 s · Closed cleanly: both agreed · → 1 frame, 0 B · ← 12,345 frames, 0 B")
    }

    @Test("beneath an end that is not clean stands what proves it, and what a browser reports")
    func proof() {
        var verdict = Verdict(.reset, text: "The server broke it off with a reset.", time: .sample(1_300_000_000))
        verdict.browser = Verdict.CloseEvent(code: CloseCode(rawValue: 1006), wasClean: false)
        verdict.facts = [
            Verdict.Fact("last data from the client before the end", time: .sample(1_000_000_000), packet: 9),
            Verdict.Fact("RST from the server", time: .sample(1_300_000_000), packet: 12),
        ]
        #expect(
            shown(.sample(), width: nil, verdict).suffix(3) == [
                "#3    end  1.3 s · The server broke it off with a reset · a browser reports 1006, not clean · → 1 frame, 0 B"
                    + " · ← 12,345 frames, 0 B",
                "#3    1.000 000  packet  9  last data from the client before the end",
                "#3    1.300 000  packet 12  RST from the server",
            ])
        verdict.manner = .closed
        verdict.browser?.wasClean = true
        #expect(shown(.sample(), width: nil, verdict).last?.hasPrefix("#3    end") == true)
    }

    @Test("with one connection wanted no number stands in front")
    func one() {
        #expect(shown(.sample(), width: nil, isAboutOne: true).last?.hasPrefix("   end  1.3 s") == true)
    }
}

@Suite("Quantities for reading")
struct TimelineQuantityTests {
    @Test("sizes are exact while that is short, durations have the unit that suits them")
    func quantities() {
        #expect(
            [0, 999, 65_536, 99_999, 100_000, 16_800_000].map(Quantity.size) == [
                "0 B", "999 B", "65,536 B", "99,999 B", "100 kB", "16.8 MB",
            ])
        #expect(Quantity.size(.max) == "18.4 EB")
        #expect(
            [0, 999, 1_000, 90_500, 1_500_000, 12_000_000_000, 200_000_000_000, 7_260_000_000_000].map(Quantity.duration)
                == ["0 s", "999 ns", "1 µs", "90.5 µs", "1.5 ms", "12 s", "3 min 20 s", "2 h 1 min"])
        #expect(Quantity.duration(-1_500_000) == "-1.5 ms")
        #expect(Quantity.duration(.min) == "-2562047 h 47 min")
    }
}
