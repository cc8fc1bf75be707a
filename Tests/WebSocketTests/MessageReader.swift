import Bytes
import TestSupport
import WebSocket

/// Drives an assembler through one whole message after the other.
struct MessageReader: ~Copyable {
    struct Message: Equatable {
        var content: [UInt8]
        var length: UInt64
        var wireLength: UInt64
        var unknownByteCount: UInt64 = 0
        var fault: String?
        var isMissingBytes = false

        /// A message that is whole, known and kept in full.
        static func whole(_ content: [UInt8], wireLength: Int) -> Message {
            Message(content: content, length: UInt64(content.count), wireLength: UInt64(wireLength))
        }
    }

    var assembler = MessageAssembler()
    private var chunk = ByteBuffer()

    init() {}

    init(resetsContext: Bool = false, hasKnownWindow: Bool = true) {
        var side = DeflateParameters.Side()
        side.resetsContext = resetsContext
        assembler.negotiate(side, hasKnownWindow: hasKnownWindow)
    }

    /// Reads one message whose payload comes in `pieces`, every one a frame of its own.
    /// - Parameter endsAtOnce: the last piece is said to be the last.
    mutating func read(
        _ pieces: [[UInt8]], opcode: Opcode = .binary, isCompressed: Bool = true, keeping limit: Int = .max, endsAtOnce: Bool = false
    ) -> Message {
        assembler.begin(opcode, isCompressed: isCompressed)
        for (index, piece) in pieces.enumerated() {
            take(piece, isLast: endsAtOnce && index == pieces.count - 1, keeping: limit)
        }
        return finish(keeping: limit)
    }

    mutating func take(_ piece: [UInt8], isLast: Bool = false, keeping limit: Int = .max) {
        assembler.beginFrame()
        assembler.take(piece.span, isLast: isLast, keeping: limit, chunk: &chunk)
        precondition(chunk.count <= 16_384, "the chunk must not grow with what a piece inflates to")
    }

    mutating func finish(keeping limit: Int = .max) -> Message {
        assembler.finish(keeping: limit, chunk: &chunk)
        let message = Message(
            content: assembler.content.span.copied(), length: assembler.length, wireLength: assembler.wireLength,
            unknownByteCount: assembler.unknownByteCount, fault: assembler.inflateFault, isMissingBytes: assembler.isMissingBytes)
        assembler.reset(keepingAtMost: 1 << 16)
        return message
    }
}

extension [UInt8] {
    /// The pieces between the places in `cuts`.
    func cut(at cuts: [Int]) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var start = 0
        for end in cuts + [count] {
            pieces.append(Array(self[start..<end]))
            start = end
        }
        return pieces
    }

    func cutRandomly(longest: Int, _ random: inout SeededRandom) -> [[UInt8]] {
        var cuts: [Int] = []
        var place = Int.random(in: 0...longest, using: &random)
        while place < count {
            cuts.append(place)
            place += Int.random(in: 0...longest, using: &random)
        }
        return cut(at: cuts)
    }
}
