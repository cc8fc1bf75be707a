import Bytes
import Inspection
import Rules
import Statistics
import Testing
import Verdicts
import WebSocket

@testable import Viewer

@Suite("What is kept of frames, and where their bytes are")
struct RecorderTests {
    private func payload(_ stage: Stage, _ row: Int) -> [UInt8] {
        Payloads(reader: stage).stored(stage.transcript.rows[row]).span.copied()
    }

    @Test("a row takes 48 bytes")
    func size() {
        #expect(MemoryLayout<FrameRow>.stride == 48)
    }

    @Test("every payload is read again as it was, from the capture or from the spool", arguments: [true, false])
    func payloads(isSeekable: Bool) {
        let stage = Stage([everything], isSeekable: isSeekable)
        let wanted = everything.map { $0.first & 0x40 != 0 ? Array("Hello".utf8) : $0.payload }
        #expect((0..<stage.transcript.rows.count).map { payload(stage, $0) } == wanted)
        let inCapture = (0..<stage.transcript.rows.count).filter { stage.transcript.rows[$0].flags.contains(.isInCapture) }
        // Neither the compressed frame nor the empty one.
        #expect(inCapture == (isSeekable ? [0, 1, 2, 3, 4, 5, 6, 9, 10] : []))
        #expect(isSeekable == (stage.spool.count == 7 + 5))
    }

    @Test("a frame over several packets is spooled, since it stands nowhere in one piece")
    func pieces() {
        let long = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let stage = Stage([[(.client, 0x82, long), (.server, 0x82, long), (.server, 0x81, [0x61])]])
        #expect(payload(stage, 0) == long)
        #expect(payload(stage, 1) == long)
        #expect(payload(stage, 2) == [0x61])
        #expect(stage.spool.count == 10_000)
        let details = stage.transcript.details(of: 0)
        #expect(details?.packets.rest.count == 3)
        #expect(stage.transcript.details(of: 2) == nil)
    }

    @Test("frames that share a packet, alike to the byte, are each found in their own place")
    func alike() {
        let stage = Stage([[(.server, 0x81, [0x61, 0x62]), (.server, 0x81, [0x61, 0x62])]], joins: true)
        #expect(stage.transcript.rows[0].place != stage.transcript.rows[1].place)
        #expect(payload(stage, 1) == [0x61, 0x62])
    }

    @Test("a connection follows one that was lost before it, but none of another capture", arguments: [false, true])
    func chains(areCaptures: Bool) {
        let stage = Stage([[(.server, 0x81, [0x61])], [(.server, 0x81, [0x62])]], pause: 1_000_000_000, areCaptures: areCaptures)
        stage.transcript.isComplete = true
        #expect(stage.transcript.connections.map(\.number) == [1, 2])
        #expect((stage.transcript.chain(of: 2) == nil) == areCaptures)
    }

    @Test("bytes of a connection are those of its messages, inflated")
    func applicationBytes() throws {
        // "Hello", compressed in two frames (RFC 7692 §7.2.3.1), and a ping.
        let frames: [(Side, UInt8, [UInt8])] = [
            (.server, 0x41, [0xF2, 0x48, 0xCD]), (.server, 0x89, [0x70]), (.server, 0x80, [0xC9, 0xC9, 0x07, 0x00]),
        ]
        let connection = try #require(Stage([frames]).transcript.connections.first)
        #expect(connection.frames[1] == 3)
        #expect(connection.bytes[1] == 6)
    }

    @Test("compressed messages count whole, whatever frames they came in")
    func compressedSizes() {
        // "Hello" in one frame and in two (RFC 7692 §7.2.3.1), and one whose end never comes.
        let stage = Stage([
            [
                (.server, 0xC1, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]), (.server, 0x41, [0xF2, 0x48, 0xCD]), (.server, 0x89, [0x70]),
                (.server, 0x80, [0xC9, 0xC9, 0x07, 0x00]), (.server, 0x41, [0xF2, 0x48, 0xCD]),
            ]
        ])
        var figures = FrameFigures()
        figures.step(frameCount: stage.transcript.rows.count, stage.transcript) { UInt32($0) }
        #expect(figures.deflatedByteCount == 14)
        #expect(figures.inflatedByteCount == 10)
        let text = Int(Opcode.text.rawValue)
        #expect(figures.frames[Side.server.rawValue][text] == 3)
        #expect(figures.messageBytes[Side.server.rawValue][text] == 10)
    }

    @Test("bytes on the wire: masked again, or deflated as they came")
    func wire() {
        let stage = Stage([everything])
        let payloads = Payloads(reader: stage)
        func wire(_ row: Int) -> [UInt8]? {
            guard let bytes = payloads.wire(stage.transcript.rows[row]) else { return nil }
            return bytes.span.copied()
        }
        #expect(wire(0) == zip(Array("hello".utf8), [0x37, 0xFA, 0x00, 0x3D, 0x37] as [UInt8]).map { $0 ^ $1 })
        #expect(wire(7) == [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
    }

    @Test("what does not fit into the spool is left out and said to be, the rest is right")
    func spoolLimit() {
        var options = Recorder.Options()
        options.spoolLimit = 6
        var recorder = Recorder(options)
        Stage.inspect(
            [[(.server, 0x81, Array("1234".utf8)), (.server, 0x81, Array("5678".utf8)), (.server, 0x81, Array("9".utf8))]], into: &recorder)
        let batch = recorder.takeBatch()
        #expect(batch.rows.map(\.storedCount) == [4, 0, 1])
        #expect(batch.rows.map { $0.flags.contains(.isCut) } == [false, true, false])
        let end = recorder.spoolEnd
        #expect(end == .limit)
    }

    @Test("of payloads that the disk had no room for, nothing is made up, and the code of a close is known")
    func fullDisk() throws {
        var recorder = Recorder()
        let said = everything
        let (_, packets) = Stage.inspect([said], isSeekable: true, into: &recorder)
        // In the packet of the seventh frame the copy ends, and the spool has nothing.
        let cut = packets[11].header.number
        recorder.lostPackets(from: cut)
        recorder.lostSpool()
        let end = recorder.spoolEnd
        #expect(end == .fullDisk)
        let batch = recorder.takeBatch()
        #expect(batch.rows.map(\.storedCount) == [5, 28, 4, 6, 4, 6, 0, 0, 0, 0, 0])
        // Nothing of an empty frame is missing.
        #expect(batch.rows.map(\.isUnkept) == [false, false, false, false, false, false, true, true, false, true, true])
        let transcript = Transcript()
        transcript.append(batch)
        #expect(transcript.details(of: 9)?.closeCode?.rawValue == 1_000)
        #expect(transcript.details(of: 7)?.message?.length == 5)
        #expect(transcript.message(7, transcript.frame(7))?.length == 5)
        let spooled = recorder.spooled.count
        #expect(spooled == 0)
    }

    @Test("findings beyond the limit are counted, and mark their frames all the same")
    func findingLimit() {
        var options = Recorder.Options()
        options.findingLimit = 1
        var recorder = Recorder(options)
        Stage.inspect([[(.server, 0x09, []), (.server, 0x09, []), (.server, 0x09, [])]], into: &recorder)
        let batch = recorder.takeBatch()
        #expect(batch.findings.count == 1)
        #expect(batch.omittedFindingCount >= 2)
        #expect(batch.rows.map(\.severity) == [.violation, .violation, .violation])
    }

    @Test("connections, findings, fragments and partners are found again")
    func lookup() {
        let stage = Stage([everything, everything])
        let transcript = stage.transcript
        #expect(transcript.connections.count == 2)
        #expect(transcript.rowsOfConnection[1] == (11..<22).map { UInt32($0) })
        #expect(transcript.frames(ofMessageOf: 3) == [3, 5])
        #expect(transcript.frames(ofMessageOf: 5) == [3, 5])
        #expect(transcript.frames(ofMessageOf: 16) == [14, 16])
        #expect(transcript.frames(ofMessageOf: 0) == [0])
        #expect(transcript.findings(of: 8).map { transcript.findings[$0].finding.rule } == [.controlFragmented])
        #expect(transcript.findings(of: 7).isEmpty)
        #expect(transcript.details(of: 4)?.roundTrip == 2_000_000)
        #expect(transcript.connections[0].frames[0] == 4)
        #expect(transcript.connections[0].verdict?.manner == .closed)
    }

    @Test("an array in chunks is an array", arguments: [1, 1_000, 16_384, 16_385, 50_000])
    func chunked(portion: Int) {
        var chunked = Chunked<Int>()
        let all = Array(0..<70_000)
        for start in stride(from: 0, to: all.count, by: portion) {
            chunked.append(contentsOf: ContiguousArray(all[start..<min(all.count, start + portion)]))
        }
        #expect(chunked.count == all.count)
        #expect([0, 16_383, 16_384, 32_768, 69_999].map { chunked[$0] } == [0, 16_383, 16_384, 32_768, 69_999])
    }
}
