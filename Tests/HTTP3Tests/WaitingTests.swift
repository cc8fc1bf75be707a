import Bytes
import Channels
import TestSupport
import Testing

@testable import HTTP3

@Suite("What waits in HTTP/3, and what is missing")
struct WaitingTests {
    /// `a: b`, which is the first entry of the table.
    private static let referring: [UInt8] = [2, 0, 0x80]

    // MARK: Entries that come late

    @Test("a stream whose head waits for an entry keeps its order, and names the packets that brought it")
    func blocked() {
        var listener = Listener.begun()
        let head = Wire.headers(Self.referring)
        listener.take(Array(head.dropLast(2)), of: 0, from: .fromLow)
        listener.take(Array(head.suffix(2)) + Wire.data("one"), of: 0, from: .fromLow)
        listener.take(Wire.data("two"), of: 0, from: .fromLow)
        listener.end(0, from: .fromLow)
        listener.take(Wire.headers(Wire.answer), of: 4, from: .fromLow)
        #expect(listener.lines == ["4 → head :status: 200"])
        listener.take(Wire.insert("a", "b"), of: 6, from: .fromLow)
        #expect(listener.lines == ["0 → head a: b", "0 → \"onetwo\"", "0 → end", "4 → head :status: 200"])
        let origins = listener.marks["0 →"] ?? []
        #expect(origins.map(\.first.number) == [4, 5, 6])
        #expect(origins.map(\.last.number) == [5, 5, 6])
        #expect(listener.session.heldByteCount == 0)
    }

    @Test("a stream that waits more than once goes on each time")
    func blockedTwice() {
        var listener = Listener.begun()
        let trailers = Wire.headers([3, 0, 0x80])
        listener.take(Wire.headers(Self.referring) + Wire.data("x") + trailers + Wire.data("y"), of: 0, from: .fromLow)
        listener.take(Wire.insert("a", "b"), of: 6, from: .fromLow)
        #expect(listener.lines == ["0 → head a: b", "0 → \"x\""])
        listener.take(Wire.insert("c", "d"), of: 6, from: .fromLow)
        #expect(listener.lines == ["0 → head a: b", "0 → \"x\"", "0 → head c: d", "0 → \"y\""])
    }

    @Test("what waits at the end of everything is read with what there is")
    func unblockedAtEnd() {
        var listener = Listener.begun()
        listener.take(Wire.headers(Self.referring + [0xC0 | 17]) + Wire.data("x"), of: 0, from: .fromLow)
        listener.end(0, from: .fromLow)
        listener.finish()
        #expect(listener.lines == ["0 → head ?: ?, :method: GET", "0 → \"x\"", "0 → end"])
    }

    @Test("entries that are missing for certain are not waited for: after a gap, or where the other end has acknowledged them")
    func unblockedByLoss() {
        var listener = Listener.begun()
        listener.take(Wire.headers(Self.referring) + Wire.data("x"), of: 0, from: .fromLow)
        listener.noteGap(5, of: 6, from: .fromLow)
        #expect(listener.lines == ["0 → head ?: ?", "0 → \"x\""])
        listener = Listener.begun()
        listener.take(Wire.headers(Self.referring) + Wire.data("x"), of: 0, from: .fromLow)
        listener.take([3, 0x80], of: 7, from: .fromHigh)
        #expect(listener.lines == ["0 → head ?: ?", "0 → \"x\""])
    }

    @Test("entries and settings of streams that end are not waited for")
    func unblockedByEnds() {
        var listener = Listener.begun()
        listener.take(Wire.headers(Self.referring), of: 0, from: .fromLow)
        listener.end(6, from: .fromLow)
        #expect(listener.lines == ["0 → head ?: ?"])
        listener = Listener()
        listener.take([0], of: 3, from: .fromHigh)
        listener.take(Wire.headers(Self.referring), of: 0, from: .fromLow)
        #expect(listener.lines.isEmpty)
        listener.reset(3, from: .fromHigh, code: 0x104)
        #expect(listener.lines == ["0 → head ?: ?"])
    }

    @Test("what waits is bounded: beyond the limit streams go on without what they wait for")
    func boundedWaiting() {
        var limits = HTTP3Limits()
        limits.heldByteCount = 20_000
        limits.blockedStreamCount = 10
        var listener = Listener.begun(limits)
        for stream in stride(from: UInt64(0), to: 200, by: 4) { listener.take(Wire.headers(Self.referring), of: stream, from: .fromLow) }
        #expect(listener.session.blocked.fromLow.count == 10)
        #expect(listener.lines.count == 40)
        let content = String(repeating: "x", count: 1_500)
        for stream in stride(from: UInt64(0), to: 200, by: 4) {
            listener.take(Wire.data(content), of: stream, from: .fromLow)
            #expect(listener.session.heldByteCount <= 22_000)
        }
        listener.finish()
        #expect(listener.session.heldByteCount == 0)
        #expect(listener.lines.count == 100)
        #expect(listener.lines.allSatisfy { $0.hasSuffix("head ?: ?") || $0.hasSuffix("\"\(content)\"") })
    }

    @Test("heads that have not come whole are bounded too")
    func boundedHeads() {
        var limits = HTTP3Limits()
        limits.heldByteCount = 100_000
        var listener = Listener.begun(limits)
        let head = Wire.headers(Wire.section([("name", String(repeating: "v", count: 30_000))]))
        for stream in stride(from: UInt64(0), to: 400, by: 4) { listener.take(Array(head.dropLast()), of: stream, from: .fromLow) }
        #expect(listener.session.heldByteCount <= 100_000)
        for stream in stride(from: UInt64(0), to: 400, by: 4) {
            listener.take(Array(head.suffix(1)) + Wire.data("x"), of: stream, from: .fromLow)
        }
        #expect(listener.session.heldByteCount == 0)
        #expect(listener.lines.count { $0.hasSuffix("headTooLong") } == 97)
        #expect(listener.lines.count { $0.hasSuffix("\"x\"") } == 100)
    }

    // MARK: Gaps

    @Test("a gap inside DATA is exactly that, and what follows is read on")
    func gapInContent() {
        var listener = Listener.begun()
        let data = Wire.data("0123456789")
        listener.take(Wire.headers(Wire.answer) + Array(data.prefix(5)), of: 0, from: .fromHigh)
        listener.noteGap(4, of: 0, from: .fromHigh)
        listener.take(Array(data.suffix(3)) + Wire.data("!"), of: 0, from: .fromHigh)
        #expect(listener.lines == ["0 ← head :status: 200", "0 ← \"012\"", "0 ← lacks exact(4)", "0 ← \"789!\""])
        // To the end of a frame, and no further.
        listener.take(Array(data.prefix(5)), of: 4, from: .fromHigh)
        listener.noteGap(7, of: 4, from: .fromHigh)
        listener.take(Wire.data("next"), of: 4, from: .fromHigh)
        #expect(listener.lines.suffix(3) == ["4 ← \"012\"", "4 ← lacks exact(7)", "4 ← \"next\""])
    }

    @Test("a gap inside a head loses the head, and what follows is read on")
    func gapInHead() {
        var listener = Listener.begun()
        let head = Wire.headers(Wire.answer)
        listener.take(Array(head.prefix(4)), of: 0, from: .fromHigh)
        listener.noteGap(2, of: 0, from: .fromHigh)
        listener.take(Array(head.dropFirst(6)) + Wire.data("next"), of: 0, from: .fromHigh)
        #expect(listener.lines == ["0 ← \"next\""])
        #expect(listener.session.heldByteCount == 0)
    }

    @Test("after a gap over the header of a frame, the next one is found where a chunk begins with it")
    func gapOverHeader() {
        var listener = Listener.begun()
        listener.take(Wire.headers(Wire.answer) + Array(Wire.data("0123456789").prefix(5)), of: 0, from: .fromHigh)
        listener.noteGap(12, of: 0, from: .fromHigh)
        // The rest of a frame.
        listener.take(Array("lost".utf8), of: 0, from: .fromHigh)
        // Zeros, and a length that leads nowhere.
        listener.take([UInt8](repeating: 0, count: 20), of: 0, from: .fromHigh)
        listener.take([0, 5, 1, 2], of: 0, from: .fromHigh)
        listener.take([0, 9, 7, 7, 7, 7, 7, 7], of: 0, from: .fromHigh)
        listener.take(Wire.data("found") + Wire.data("again"), of: 0, from: .fromHigh)
        #expect(
            listener.lines == [
                "0 ← head :status: 200", "0 ← \"012\"", "0 ← lacks exact(7)", "0 ← lacks bounded(Optional(41))", "0 ← \"foundagain\"",
            ])
    }

    @Test("a long frame after a gap is found once all of its chunks are there")
    func gapBeforeLongFrame() {
        var listener = Listener.begun()
        listener.take(Wire.headers(Wire.answer), of: 0, from: .fromHigh)
        listener.noteGap(100, of: 0, from: .fromHigh)
        let text = String(repeating: "long", count: 1_000)
        let long = Wire.data(text)
        for start in stride(from: 0, to: long.count, by: 1_200) {
            #expect(listener.lines == ["0 ← head :status: 200"])
            listener.take(Array(long[start..<min(start + 1_200, long.count)]), of: 0, from: .fromHigh)
        }
        #expect(listener.lines == ["0 ← head :status: 200"])
        listener.take(Wire.data("!"), of: 0, from: .fromHigh)
        #expect(listener.lines == ["0 ← head :status: 200", "0 ← lacks bounded(Optional(100))", "0 ← \"\(text)!\""])
        // One that is cut short by another gap, or by the end, was none.
        listener.noteGap(10, of: 0, from: .fromHigh)
        listener.take(Array(long.prefix(1_200)), of: 0, from: .fromHigh)
        listener.end(0, from: .fromHigh)
        #expect(listener.lines.suffix(2) == ["0 ← lacks bounded(Optional(1210))", "0 ← end"])
        #expect(listener.session.heldByteCount == 0)
    }

    @Test("one frame alone after a gap is believed once another follows it, or nothing at all")
    func oneFrameAfterGap() {
        func lines(_ bytes: [UInt8], _ next: [UInt8]?, ends: Bool) -> [String] {
            var listener = Listener.begun()
            listener.noteGap(10, of: 0, from: .fromHigh)
            listener.take(bytes, of: 0, from: .fromHigh)
            #expect(listener.lines.isEmpty)
            if let next { listener.take(next, of: 0, from: .fromHigh) }
            if ends { listener.end(0, from: .fromHigh) }
            listener.finish()
            return listener.lines
        }
        let (data, lacking) = (Wire.data("hello"), "0 ← lacks bounded(Optional(10))")
        #expect(lines(data, Wire.data("!"), ends: false) == [lacking, "0 ← \"hello!\""])
        #expect(lines(data, Wire.headers(Wire.answer), ends: false) == [lacking, "0 ← \"hello\"", "0 ← head :status: 200"])
        #expect(lines(data, nil, ends: true) == [lacking, "0 ← \"hello\"", "0 ← end"])
        #expect(lines(data, Array("rest of a frame".utf8), ends: false) == ["0 ← lacks bounded(Optional(32))"])
        #expect(lines(data, nil, ends: false) == ["0 ← lacks bounded(Optional(17))"])
    }

    @Test("a stream that begins before the capture lacks nothing that was captured")
    func lateStart() {
        var listener = Listener(isFromBeginning: false)
        listener.noteGap(1_000, of: 0, from: .fromHigh)
        listener.take(Wire.data("hel"), of: 0, from: .fromHigh)
        listener.take(Wire.data("lo"), of: 0, from: .fromHigh)
        listener.take(Wire.headers([2, 0, 0x80, 0xC0 | 17]), of: 4, from: .fromLow)
        #expect(listener.lines == ["0 ← \"hello\"", "4 → head ?: ?, :method: GET"])
    }

    @Test("settings and entries that may have been on a stream whose beginning is missing are not waited for")
    func unidentifiedStream() {
        var listener = Listener()
        listener.take(Wire.headers(Self.referring), of: 0, from: .fromLow)
        #expect(listener.lines.isEmpty)
        listener.noteGap(10, of: 3, from: .fromHigh)
        #expect(listener.lines == ["0 → head ?: ?"])
        // The settings were on another one after all, and so was what is inserted.
        listener.take(Wire.settings(tableCapacity: 4_096), of: 7, from: .fromHigh)
        listener.noteGap(10, of: 2, from: .fromLow)
        listener.take([2] + Wire.integer(4_096, prefix: 5, first: 0x20) + Wire.insert("a", "b"), of: 6, from: .fromLow)
        listener.take(Wire.headers(Self.referring), of: 4, from: .fromLow)
        #expect(listener.lines.last == "4 → head a: b")
    }
}
