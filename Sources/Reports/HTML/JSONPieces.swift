import Bytes

/// Elements of a JSON array in pieces, so that it can lose its middle: the beginning and the end of a long story tell most.
///
/// What was lost is one run of elements. No element has a `<` in it, so that the array can stand in an HTML document.
struct JSONPieces: ~Copyable {
    /// Bytes after which a piece takes no further element.
    private static let pieceByteCount = 512

    /// What an array can hold of a buffer.
    private final class Piece {
        var json = ByteBuffer()
        var elementCount: UInt64 = 0
    }

    private var pieces: [Piece] = []
    /// Bytes of all pieces but for commas between them.
    private(set) var byteCount = 0
    private(set) var elementCount: UInt64 = 0
    /// Elements that are no longer there.
    private(set) var omittedCount: UInt64 = 0
    /// The piece that stands after them.
    private var gap = 0

    var isEmpty: Bool { elementCount == 0 }

    /// True if the next element is the first of its piece.
    var beginsPiece: Bool { pieces.last.map { $0.json.count >= Self.pieceByteCount } ?? true }

    /// Appends an element, and a comma before it unless it is the first of its piece.
    mutating func append(_ element: Span<UInt8>) {
        if beginsPiece { pieces.append(Piece()) }
        guard let piece = pieces.last else { return }
        let before = piece.json.count
        if before > 0 { piece.json.append(UInt8(ascii: ",")) }
        piece.json.append(inert: element)
        piece.elementCount += 1
        elementCount += 1
        byteCount += piece.json.count - before
    }

    /// Lets go of pieces in the middle where there are more than `limit` bytes; of a sixteenth more than it must, so that it need not do so often.
    mutating func trim(to most: Int) {
        guard byteCount > most else { return }
        let limit = most - most / 16
        // Of what stays, one half is the beginning. It never grows again once something is lost after it.
        var (head, headBytes) = (0, 0)
        let lastHead = omittedCount > 0 ? gap : pieces.count
        while head < lastHead, headBytes + pieces[head].json.count <= limit / 2 {
            headBytes += pieces[head].json.count
            head += 1
        }
        var (tail, tailBytes) = (pieces.count, 0)
        let firstTail = omittedCount > 0 ? gap : head
        while tail > firstTail, tailBytes + pieces[tail - 1].json.count <= limit - headBytes {
            tail -= 1
            tailBytes += pieces[tail].json.count
        }
        for piece in pieces[head..<tail] {
            omittedCount += piece.elementCount
            elementCount -= piece.elementCount
        }
        pieces.removeSubrange(head..<tail)
        gap = head
        byteCount = headBytes + tailBytes
    }

    // MARK: Writing

    /// The index of the piece that elements are missing before, where any are.
    var gapIndex: Int? { omittedCount > 0 ? gap : nil }

    /// Writes an array of arrays, one for each piece.
    func write(nestedTo output: inout ByteBuffer) {
        output.append("[")
        for (index, piece) in pieces.enumerated() {
            output.append(index == 0 ? "[" : ",[")
            output.append(contentsOf: piece.json)
            output.append("]")
        }
        output.append("]")
    }

    /// Writes one array.
    func write(to output: inout ByteBuffer) {
        output.append("[")
        for (index, piece) in pieces.enumerated() {
            if index > 0 { output.append(",") }
            output.append(contentsOf: piece.json)
        }
        output.append("]")
    }
}

extension ByteBuffer {
    /// Appends JSON so that it ends no element and begins no comment of HTML: `<`, which stands in strings only, becomes an escape.
    mutating func append(inert json: Span<UInt8>) {
        var start = 0
        for index in json.indices where json[index] == UInt8(ascii: "<") {
            append(json.extracting(start..<index))
            append("\\u003c")
            start = index + 1
        }
        append(json.extracting(start..<json.count))
    }
}
