import Bytes
import WebSocket

extension FuzzTarget {
    /// Compressed messages: in pieces they become the same as at once, and no more is kept than was asked for.
    static let inflate = FuzzTarget("inflate") { input throws(Broken) in
        var script = InputScript(input)
        let choice = script.byte()
        let limit = choice & 4 == 0 ? 1 << 20 : 1_000
        var whole = Assembly(choice)
        var pieced = Assembly(choice)
        while !script.isAtEnd {
            let number = script.number16()
            let wire = script.take(number & 0x3FFF)
            // After a gap in a message nothing of it can be placed, and what the next copies from it is unknown.
            let misses = number & 0x8000 != 0
            let isCompressed = number & 0x4000 == 0
            let one = whole.read([wire], isCompressed: isCompressed, misses: misses, endsAtOnce: true, keeping: limit)
            let many = pieced.read(wire.pieces, isCompressed: isCompressed, misses: misses, endsAtOnce: false, keeping: limit)
            try demand(
                one == many,
                "at once and in pieces it becomes \(one.length) and \(many.length) bytes, \(one.fault ?? "-"), \(many.fault ?? "-")")
            try demand(one.content.count <= limit, "\(one.content.count) bytes are kept")
            try demand(one.length >= UInt64(one.content.count) && one.length >= one.unknown, "counts contradict one another")
            // DEFLATE makes at most 1,032 bytes of one, after which come what was left out at the end and a window.
            try demand(!isCompressed || one.length <= UInt64(wire.count + 8) * 1_032 + 1_032, "\(wire.count) bytes became \(one.length)")
        }
    }
}

private struct Assembly: ~Copyable {
    struct Message: Equatable {
        var content: [UInt8]
        var length: UInt64
        var wireLength: UInt64
        var unknown: UInt64
        var fault: String?
        var isText: Bool
    }

    private var assembler = MessageAssembler()
    private var chunk = ByteBuffer()

    init(_ choice: UInt8) {
        var side = DeflateParameters.Side()
        side.resetsContext = choice & 1 != 0
        assembler.negotiate(side, hasKnownWindow: choice & 2 == 0)
    }

    mutating func read(_ pieces: [[UInt8]], isCompressed: Bool, misses: Bool, endsAtOnce: Bool, keeping limit: Int) -> Message {
        assembler.begin(.text, isCompressed: isCompressed)
        for (index, piece) in pieces.enumerated() {
            assembler.beginFrame()
            let isLast = endsAtOnce && !misses && index == pieces.count - 1
            assembler.take(piece.span, isLast: isLast, keeping: limit, chunk: &chunk)
        }
        if misses { assembler.noteGap(10) }
        assembler.finish(keeping: limit, chunk: &chunk)
        let message = Message(
            content: assembler.content.span.copied(), length: assembler.length, wireLength: assembler.wireLength,
            unknown: assembler.unknownByteCount, fault: assembler.inflateFault, isText: assembler.utf8.isCompleteAndValid)
        assembler.reset(keepingAtMost: 1 << 16)
        return message
    }
}
