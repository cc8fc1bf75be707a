import Bytes
import HTTP
import Recordings
import System
import TestSupport
import Testing
import WebSocket

/// An event in words, for comparisons.
private func words(_ event: RecordedEvent, _ content: [UInt8]) -> String {
    switch event {
    case .opened(let number, let connection):
        let status = connection.response.map { " \($0.status)" } ?? ""
        return "opened \(number) \(connection.url)\(status)\(connection.failure.map { " failed: \($0)" } ?? "")"
    case .message(let number, let message):
        let text = String(decoding: content, as: UTF8.self)
        return "\(number) \(message.from.name) \(message.opcode.name) \(message.time?.nanoseconds ?? -1) \(message.length) \(text)"
    case .ended(let number, _, let failure): return "ended \(number)\(failure.map { ": \($0)" } ?? "")"
    }
}

private struct Read {
    var events: [String] = []
    var error: RecordingError?
    var facts = RecordingFacts()
}

private func read(_ text: [UInt8], portion: Int = .max, limits: RecordingLimits = RecordingLimits()) -> Read {
    var reader = RecordingReader(BytesInMemory(text, portion: portion), limits: limits)
    var read = Read()
    do throws(RecordingError) {
        while let event = try reader.next() { read.events.append(words(event, reader.content.copied())) }
    } catch { read.error = error }
    read.facts = reader.facts
    return read
}

private func read(_ text: String, portion: Int = .max, limits: RecordingLimits = RecordingLimits()) -> Read {
    read(Array(text.utf8), portion: portion, limits: limits)
}

/// A HAR with these entries.
private func archive(_ entries: String...) -> String {
    #"{"log":{"version":"1.2","creator":{"name":"WebInspector","version":"537.36"},"pages":[],"entries":["#
        + entries.joined(separator: ",") + "]}}"
}

private func entry(_ messages: String, url: String = "ws://localhost:81/x", status: Int = 101, start: String = "1970-01-01T00:00:01.000Z")
    -> String
{
    #"{"_resourceType":"websocket","request":{"method":"GET","url":"\#(url)","httpVersion":"HTTP/1.1","headers":[]},"#
        + #""response":{"status":\#(status),"statusText":"","headers":[]},"startedDateTime":"\#(start)","_webSocketMessages":[\#(messages)]}"#
}

private func message(_ type: String, _ time: String, _ opcode: Int, _ data: String) -> String {
    #"{"type":"\#(type)","time":\#(time),"opcode":\#(opcode),"data":"\#(data)"}"#
}

@Suite("Recordings")
struct RecordingReaderTests {
    @Test("Messages of all connections come in the order of time, between the beginnings and ends of these")
    func order() {
        let first = entry(message("send", "2", 1, "a") + "," + message("receive", "5.25", 2, "AAEC"))
        let second = entry(message("send", "3.5", 1, "b"), url: "ws://localhost/y", start: "1970-01-01T00:00:03.000Z")
        #expect(
            read(archive(first, second)).events == [
                "opened 0 ws://localhost:81/x 101", "0 client text 2000000000 1 a", "opened 1 ws://localhost/y 101",
                "1 client text 3500000000 1 b", "ended 1", "0 server binary 5250000000 3 \u{0}\u{1}\u{2}", "ended 0",
            ])
    }

    @Test("The messages of a connection keep their order, whatever their times say")
    func ownOrder() {
        let events = read(archive(entry(message("send", "9", 1, "a") + "," + message("receive", "4", 1, "b")))).events
        #expect(events.filter { $0.contains("text") } == ["0 client text 9000000000 1 a", "0 server text 4000000000 1 b"])
    }

    @Test("Milliseconds, as Playwright writes them, are told from seconds, and −1 is no time")
    func milliseconds() {
        let read = read(
            archive(
                entry(
                    message("send", "1795815014007.683", 1, "a") + "," + message("send", "1795815014.5", 1, "b") + ","
                        + message("send", "-1", 1, "c"))))
        #expect(
            read.events.filter { $0.contains("text") } == [
                "0 client text 1795815014007683000 1 a", "0 client text 1795815014500000000 1 b", "0 client text 1795815014500000000 1 c",
            ])
        #expect(read.facts.untimedCount == 1)
    }

    @Test(
        "Escapes, surrogate pairs and half of them become the bytes that they stand for",
        arguments: [
            (#"\n\t\"\\\/"#, "\n\t\"\\/"), (#"\u00fc\u20AC"#, "ü€"), (#"\uD83D\uDE42"#, "🙂"), (#"\ud83d"#, "\u{FFFD}"),
            (#"\ud83dx"#, "\u{FFFD}x"), (#"\ude42"#, "\u{FFFD}"), (#"\ud83d\ud83d\ude42"#, "\u{FFFD}🙂"), ("ü🙂", "ü🙂"),
            (#"\u0000"#, "\u{0}"),
        ])
    func escapes(written: String, meant: String) {
        let events = read(archive(entry(message("send", "2", 1, written)))).events
        #expect(events.contains("0 client text 2000000000 \(meant.utf8.count) \(meant)"))
    }

    @Test("Members may stand in any order, as after sorting them")
    func sortedMembers() {
        let sorted =
            #"{"log":{"entries":[{"_webSocketMessages":[{"data":"AAE=","opcode":2,"time":2,"type":"receive"}],"#
            + #""request":{"headers":[{"value":"h","name":"Host"}],"url":"wss://h/p?q=1","method":"GET"},"response":{"status":101},"#
            + #""startedDateTime":"1970-01-01T00:00:01Z"}]}}"#
        #expect(read(sorted).events == ["opened 0 wss://h/p?q=1 101", "0 server binary 2000000000 2 \u{0}\u{1}", "ended 0"])
    }

    @Test("An error among the messages is why the connection failed, and no message")
    func failure() {
        let read = read(archive(entry(message("error", "2", -1, "Unexpected response code: 403"), status: 0)))
        #expect(
            read.events == ["opened 0 ws://localhost:81/x failed: Unexpected response code: 403", "ended 0: Unexpected response code: 403"])
        #expect(read.facts.unknownCount == 0)
    }

    @Test("What is no base64 is kept as it stands, and counted; padding and the other alphabet are taken as they come")
    func base64() {
        let read = read(
            archive(entry([("*", 1), ("-_8", 2), ("QUI", 2), ("", 0)].map { message("send", "2", 2, $0.0) }.joined(separator: ","))))
        #expect(read.facts.undecodedCount == 1)
        #expect(read.events.filter { $0.contains("binary") }.map { $0.split(separator: " ")[4] } == ["1", "2", "2", "0"])
    }

    @Test("Requests that ask for no WebSocket are counted only; those that ask for one are told by header, scheme or messages")
    func others() {
        let plain = #"{"request":{"url":"http://h/","headers":[]},"response":{"status":200,"content":{"text":"{\"a\":[1]}"}}}"#
        let upgrade =
            #"{"request":{"url":"http://h/u","headers":[{"name":"upgrade","value":"WebSocket"}]},"#
            + #""response":{"status":403,"statusText":"No","content":{"text":"bm8=","encoding":"base64"}}}"#
        let read = read(archive(plain, upgrade, #"{"request":{"url":"wss://h/"}}"#))
        #expect(read.facts.otherCount == 1)
        #expect(read.events == ["opened 0 http://h/u 403", "opened 1 wss://h/", "ended 0", "ended 1"])
    }

    @Test("Control frames alone make an entry one of a WebSocket, whatever kind of resource it is said to be")
    func controlsAlone() {
        let control = #"{"type":"send","time":2,"opcode":9,"text":"x"}"#
        let read = read(
            archive(#"{"_webSocketControls":[\#(control)],"_resourceType":"fetch","request":{"url":"http://h/"}}"#, entry("")))
        #expect(read.facts.connectionCount == 2 && read.facts.otherCount == 0)
        #expect(read.events.contains("0 client ping 2000000000 1 x"))
    }

    @Test("A stated length is no more than a frame can have (RFC 6455 §5.2)")
    func statedLength() {
        let stated = #"{"type":"send","time":2,"opcode":1,"data":"a","_length":18446744073709551615}"#
        #expect(read(archive(entry(stated))).events[1] == "0 client text 2000000000 9223372036854775807 a")
    }

    @Test("What a terminal would obey is escaped in what is said of a recording")
    func escapedNotes() {
        let text = archive(entry("")).replacing("WebInspector", with: #"\u001b[31mred\n"#)
        let notes = read(text).facts.notes
        #expect(notes.first?.contains(#"recorded by \u{1b}[31mred\n 537.36"#) == true, "\(notes)")
    }

    @Test("Data of an unknown opcode are base64, as those of binary messages")
    func unknownOpcode() {
        #expect(read(archive(entry(message("send", "2", 3, "QUI=")))).events[1].hasSuffix(" 2 AB"))
    }

    @Test("A long message keeps its length where the limit leaves only its beginning")
    func limit() {
        var limits = RecordingLimits()
        limits.messageByteCount = 10
        let text = String(repeating: "x", count: 50)
        #expect(read(archive(entry(message("send", "2", 1, text))), limits: limits).events[1] == "0 client text 2000000000 50 xxxxxxxxxx")
    }

    @Test("More than may wait is handed on in parts, each in order, and said")
    func parts() {
        var limits = RecordingLimits()
        limits.waitingByteCount = 4_000
        let many = (0..<100).map { message("send", "\(2 + $0)", 1, "\($0)") }.joined(separator: ",")
        let whole = read(archive(entry(many)))
        let inParts = read(archive(entry(many)), limits: limits)
        #expect(inParts.facts.isPartlyOrdered && !whole.facts.isPartlyOrdered)
        #expect(inParts.events.filter { $0.contains("text") } == whole.events.filter { $0.contains("text") })
        #expect(inParts.events.filter { $0.hasPrefix("opened") }.count == 1)
        #expect(inParts.events.last == "ended 0")
    }

    @Test("Nesting that nobody reads costs no stack")
    func nesting() {
        let deep = String(repeating: "[", count: 200_000) + String(repeating: "]", count: 200_000)
        #expect(read(#"{"log":{"deep":\#(deep),"entries":[\#(entry(message("send", "2", 1, "a")))]}}"#).events.count == 3)
    }

    @Test(
        "What is no HAR is told so",
        arguments: [
            "{}", #"{"log":1}"#, #"{"log":{}}"#, #"{"log":{"entries":{}}}"#, #"{"type":"capture"}"#, #"{"entries":[]}"#,
        ])
    func foreign(text: String) {
        let read = read(text)
        #expect(read.events.isEmpty && read.error?.kind == .notARecording)
    }

    @Test(
        "A fault in the text is located, after what stands before it",
        arguments: [
            ("}", "`{`"), ("]", "value"), (#"{"request":nul\}"#, ""), (#"{"a" 1}"#, "`:`"), (#"{1:2}"#, "the name of a member"),
        ])
    func malformed(second: String, expected: String) {
        let read = read(archive(entry(message("send", "2", 1, "a")), second))
        #expect(read.events.count == 3)
        #expect(read.error?.kind == .malformed)
        #expect(read.error?.text.contains("at byte") == true)
    }
}

@Suite("Recordings, cut and damaged")
struct DamagedRecordingTests {
    private let text = Array(
        ("\u{FEFF} \n"
            + archive(
                entry(message("send", "2", 1, #"a\ud83d\ude42\u00fc\n"#) + "," + message("receive", "3.75", 2, "AAECAwQ=")),
                #"{"request":{"url":"http://h/","headers":[{"name":"A","value":"b"}]},"response":{"status":200}}"#,
                entry(message("error", "4", -1, "why"), url: "wss://h/z", status: 0))).utf8)

    @Test("It is read alike in whatever pieces it comes", arguments: [1, 2, 3, 7, 64])
    func portions(portion: Int) {
        let whole = read(text)
        #expect(whole.error == nil && whole.events.count == 6)
        #expect(read(text, portion: portion).events == whole.events)
    }

    @Test("Cut anywhere, it shows what it has of the messages, and says that it breaks off")
    func cuts() {
        let messages = read(text).events.filter { $0.contains("text") || $0.contains("binary") }
        for end in 0..<text.count - 1 {
            let part = read(Array(text[..<end]))
            let found = part.events.filter { $0.contains("text") || $0.contains("binary") }
            #expect(Array(messages.prefix(found.count)) == found, "\(end) bytes")
            // Behind the entries nothing is read.
            if end < text.count - 2 { #expect(part.error != nil || found == messages, "\(end) bytes") }
            #expect(
                part.events.filter { $0.hasPrefix("opened") }.count == part.events.filter { $0.hasPrefix("ended") }.count, "\(end) bytes")
        }
    }

    @Test("Any byte may be another: each connection that begins ends, and every message belongs to one", arguments: SeededRandom.oneSeed)
    func mutations(seed: UInt64) {
        var generator = SeededRandom(seed)
        for _ in 0..<3_000 {
            var damaged = text
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            let part = read(damaged)
            let opened = part.events.filter { $0.hasPrefix("opened") }.count
            #expect(opened == part.events.filter { $0.hasPrefix("ended") }.count, "\(damaged)")
        }
    }
}
