import Bytes
import Testing

@testable import Jobs

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The jobs are shell scripts that wait for each other at named pipes, so that what comes before what is certain.
@Suite("Jobs side by side")
struct SideBySideTests {
    @Test("are handed on in order, even when the last is done first")
    func order() throws {
        let gate = try Gate()
        let run = try Run(["read x < \(gate.path); echo one", "echo two; echo two said >&2", "echo three; echo go > \(gate.path)"])
        #expect(run.output == "one\ntwo\nthree\n")
        #expect(run.remarks == "two said\n")
        #expect(run.endings == [.status(0), .status(0), .status(0)])
    }

    @Test("one at a time give the same as all at once")
    func count() throws {
        let scripts = (0..<20).map { "seq \($0) 2000; echo \($0) >&2; exit \($0)" }
        let alone = try Run(scripts, atATime: 1)
        let together = try Run(scripts, atATime: 20)
        #expect(alone == together)
        #expect(alone.endings == (0..<20).map { Ending.status($0) })
        #expect(alone.remarks == (0..<20).map { "\($0)\n" }.joined())
    }

    @Test("in turn are heard at once")
    func streaming() throws {
        // The second can end only after the first line of the first was handed on.
        let gate = try Gate()
        let run = try Run(["echo one; read x < \(gate.path); echo two", "echo three"], whenWritten: { gate.open() })
        #expect(run.output == "one\ntwo\nthree\n")
    }

    @Test("wait when more of their output would wait than may", arguments: [0, 1 << 16, 1 << 17, 4 << 20])
    func backPressure(limit: Int) throws {
        // More than a pipe holds, from all but the first, which is last to end.
        let gate = try Gate()
        let loud = "head -c 1500000 /dev/zero | tr '\\0' "
        let run = try Run(
            ["read x < \(gate.path); echo", "\(loud) b", "\(loud) c", "echo > \(gate.path); \(loud) d"], atATime: 4, waiting: limit)
        let expected = "\n" + ["b", "c", "d"].map { String(repeating: $0, count: 1_500_000) }.joined()
        #expect(run.output == expected)
    }

    @Test("lose nothing where no file can be had for what waits")
    func noFile() throws {
        let gate = try Gate()
        let run = try Run(
            ["read x < \(gate.path); echo one", "seq 100000; echo end >&2", "echo three; echo > \(gate.path)"], hasFile: false)
        #expect(run.output == "one\n" + (1...100_000).map { "\($0)\n" }.joined() + "three\n")
        #expect(run.remarks == "end\n")
    }

    @Test("tell what they remark behind what they wrote before")
    func remarks() throws {
        let run = try Run(["seq 50000; echo said >&2; read x < /dev/null; seq 3"], records: true)
        let place = try #require(run.record.firstIndex(of: "said\n"))
        let before = run.record[..<place].joined()
        #expect(before.hasPrefix((1...50_000).map { "\($0)\n" }.joined()))
    }

    @Test("that crash, fail or cannot be started do not stop the others")
    func failures() throws {
        let run = try Run(["kill -KILL $$", "exit 66", "-", "echo fine"])
        #expect(run.output == "fine\n")
        #expect(run.endings.count == 4)
        #expect(run.endings.prefix(2) == [.signal(SIGKILL), .status(66)])
        guard case .notStarted(let reason) = run.endings[2] else {
            Issue.record("\(run.endings[2])")
            return
        }
        #expect(reason == "No such file or directory")
        #expect(run.endings[3] == .status(0))
    }

    @Test("end when nobody reads any more")
    func closed() throws {
        let run = try Run(["echo $$; exec yes", "exec yes", "exec sleep 60"], stopsAfter: 100_000)
        #expect(run.outcome == .closed)
        let process = try #require(run.output.split(separator: "\n").first.flatMap { pid_t($0) })
        #expect(kill(process, 0) == -1 && errno == ESRCH, "it still runs")
    }

    @Test("end when the reader goes away, even when there is nothing to tell it")
    func readerGone() throws {
        var ends: [Int32] = [-1, -1]
        try #require(unsafe pipe(&ends) == 0)
        defer { close(ends[1]) }
        close(ends[0])
        let run = try Run(["exec sleep 60", "exec sleep 60"], writesTo: ends[1])
        #expect(run.outcome == .closed)
    }

    @Test("end with the one in turn when they are interrupted")
    func interrupted() throws {
        let run = try Run(
            ["trap 'echo end; exit 3' TERM; echo one; while :; do sleep 0.01; done", "echo two; exec sleep 60", "echo three"],
            atATime: 2, isInterruptedWhenWritten: true)
        #expect(run.output == "one\nend\n")
        #expect(run.endings == [.status(3)])
        #expect(run.outcome == .done)
    }

    @Test("need no more files the more of them wait")
    func manyWaiting() throws {
        let gate = try Gate()
        let scripts = ["read x < \(gate.path)"] + (1..<300).map { "echo \($0)" } + ["echo > \(gate.path)"]
        let run = try Run(scripts, atATime: 2)
        #expect(run.output == (1..<300).map { "\($0)\n" }.joined())
    }
}
