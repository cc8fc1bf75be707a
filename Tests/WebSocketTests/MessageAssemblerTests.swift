import Bytes
import Testing
import WebSocket

@Suite struct MessageAssemblerTests {
    private static let compressedHello: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
    private static let copiedHello: [UInt8] = [0xF2, 0x00, 0x11, 0x00, 0x00]

    @Test("frames make a message, counted in frames and in bytes on both sides of the compression")
    func counts() {
        var reader = MessageReader(resetsContext: false)
        reader.assembler.begin(.text, isCompressed: true)
        reader.take([0xF2, 0x48])
        reader.take([])
        reader.take([0xCD, 0xC9, 0xC9, 0x07, 0x00])
        let (isOpen, frames, opcode) = (reader.assembler.isOpen, reader.assembler.frameCount, reader.assembler.opcode)
        #expect(isOpen && frames == 3 && opcode == .text)
        let message = reader.finish()
        let isStillOpen = reader.assembler.isOpen
        #expect(message == .whole(Array("Hello".utf8), wireLength: 7))
        #expect(!isStillOpen)
    }

    @Test("only text is checked, and it is judged when all of it is known")
    func text() {
        var reader = MessageReader()
        for (opcode, isValid, isJudgeable) in [(Opcode.text, false, true), (.binary, true, false)] {
            reader.assembler.begin(opcode, isCompressed: false)
            reader.take([0x41, 0xC3])
            reader.take([0x28])
            let (complete, judgeable) = (reader.assembler.utf8.isCompleteAndValid, reader.assembler.isJudgeableText)
            #expect(complete == isValid)
            #expect(judgeable == isJudgeable)
            _ = reader.finish()
        }
        reader.assembler.begin(.text, isCompressed: false)
        reader.take([0x41])
        reader.assembler.noteGap(3)
        let judgeable = reader.assembler.isJudgeableText
        #expect(!judgeable)
    }

    @Test("missing bytes are counted, and what was seen on both sides of them is kept")
    func missing() {
        var reader = MessageReader()
        reader.assembler.begin(.binary, isCompressed: false)
        reader.take([1, 2])
        reader.assembler.noteGap(5)
        reader.take([8])
        let message = reader.finish()
        #expect(message == .init(content: [1, 2, 8], length: 8, wireLength: 8, isMissingBytes: true))
    }

    @Test("a hole in compressed data ends what is known of the message, and makes the window unknown")
    func missingCompressed() {
        var reader = MessageReader(resetsContext: false)
        reader.assembler.begin(.binary, isCompressed: true)
        reader.take([0xF2, 0x48, 0xCD])
        reader.assembler.noteGap(2)
        reader.take([0x07, 0x00])
        let broken = reader.finish()
        let next = reader.read([Self.copiedHello])
        #expect(Array("Hello".utf8).starts(with: broken.content))
        #expect(broken.isMissingBytes && broken.wireLength == 7 && broken.fault == nil)
        #expect(next.content == [0x48, 0xFF, 0xFF, 0xFF, 0xFF] && next.unknownByteCount == 4 && !next.isMissingBytes)
    }

    @Test("with no context takeover the message after a hole is known again")
    func missingWithoutContext() {
        var reader = MessageReader(resetsContext: true)
        reader.assembler.begin(.binary, isCompressed: true)
        reader.take([0xF2, 0x48, 0xCD])
        reader.assembler.noteGap(4)
        _ = reader.finish()
        let next = reader.read([Self.compressedHello])
        reader.assembler.loseTrack()
        let impossible = reader.read([Self.copiedHello])
        #expect(next == .whole(Array("Hello".utf8), wireLength: 7))
        #expect(impossible.fault != nil && impossible.unknownByteCount == 0)
    }

    @Test("a message that begins before another has ended leaves nothing behind in it")
    func interrupted() {
        var reader = MessageReader(resetsContext: false)
        reader.assembler.begin(.binary, isCompressed: true)
        reader.take([0xF2, 0x48, 0xCD])
        // No end, no reset.
        let next = reader.read([Self.compressedHello])
        #expect(next == .whole(Array("Hello".utf8), wireLength: 7))
    }

    @Test("a reset amid a compressed message makes the window unknown")
    func resetAmid() {
        var reader = MessageReader(resetsContext: false)
        reader.assembler.begin(.binary, isCompressed: true)
        reader.take([0xF2, 0x48, 0xCD])
        reader.assembler.reset(keepingAtMost: 0)
        let next = reader.read([Self.compressedHello])
        let copied = reader.read([Self.copiedHello])
        #expect(next == .whole(Array("Hello".utf8), wireLength: 7))
        #expect(copied == .whole(Array("Hello".utf8), wireLength: 5))
    }

    @Test("beginning the next message is enough after the end of one", arguments: [false, true])
    func withoutReset(resetsContext: Bool) {
        var assembler = MessageAssembler()
        var side = DeflateParameters.Side()
        side.resetsContext = resetsContext
        assembler.negotiate(side)
        var chunk = ByteBuffer()
        for payload in [Self.compressedHello, Self.copiedHello] {
            assembler.begin(.text, isCompressed: true)
            assembler.take(payload.span, keeping: 100, chunk: &chunk)
            assembler.finish(keeping: 100, chunk: &chunk)
        }
        let (fault, isTold) = (assembler.inflateFault, assembler.usesForgottenContext)
        #expect(fault == nil)
        #expect(isTold == resetsContext)
    }

    @Test("a lost track ends what is known of the open message", arguments: [false, true])
    func lostTrack(resetsContext: Bool) {
        var reader = MessageReader(resetsContext: resetsContext)
        reader.assembler.begin(.binary, isCompressed: true)
        reader.take([0xF2, 0x48, 0xCD])
        reader.assembler.loseTrack()
        reader.take([0xC9, 0xC9, 0x07, 0x00])
        let broken = reader.finish()
        let next = reader.read([Self.compressedHello])
        #expect(broken.isMissingBytes && broken.fault == nil)
        #expect(Array("Hello".utf8).starts(with: broken.content))
        #expect(next == .whole(Array("Hello".utf8), wireLength: 7))
    }

    @Test("lengths that add up to more than 64 bits hold stay at the largest number", arguments: [false, true])
    func enormous(isCompressed: Bool) {
        var reader = MessageReader(resetsContext: false)
        reader.assembler.begin(.binary, isCompressed: isCompressed)
        reader.take([0x61])
        reader.assembler.noteGap(.max)
        reader.assembler.noteGap(.max)
        reader.take([0x61])
        let message = reader.finish()
        #expect(message.wireLength == .max)
        #expect(message.length == (isCompressed ? 0 : .max))
    }

    @Test("a compressed message where no compression was agreed on is counted and not read")
    func notNegotiated() {
        var reader = MessageReader()
        let message = reader.read([Self.compressedHello])
        #expect(message == .init(content: [], length: 0, wireLength: 7))
    }
}
