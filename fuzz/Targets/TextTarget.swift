import Bytes
import Text

extension FuzzTarget {
    /// Text for the terminal: safe, within its room, and the same in pieces where no character is cut.
    static let text = FuzzTarget("text") { input throws(Broken) in
        var script = InputScript(input)
        let choice = script.byte()
        let limit = choice & 1 == 0 ? Int.max : Int(script.byte())
        let bytes = script.rest
        var output = ByteBuffer()
        var text = SafeText(limit: limit, isASCII: choice & 2 != 0, hasUnknownBytes: choice & 4 != 0)
        let hasRoom = text.append(bytes.span, to: &output)
        let written = output.span.copied()
        try Promise.harmless(written, "the text")
        try demand(!written.contains(0x0A), "a line feed is written")
        let width = String(decoding: written, as: UTF8.self).unicodeScalars.reduce(0) { $0 + displayWidth($1) }
        try demand(width == text.columns, "it takes \(width) columns, and \(text.columns) are counted")
        try demand(text.columns <= limit, "\(text.columns) columns where \(limit) are allowed")
        try demand(hasRoom == !text.isCut && (text.isCut || text.byteCount == bytes.count), "it is not said what was cut")
        if choice & 2 != 0 { try demand(written.allSatisfy { $0 < 0x80 }, "ASCII only was asked for") }
        guard limit == .max, bytes.allSatisfy({ $0 < 0x80 }) else { return }
        var pieced = ByteBuffer()
        var pieces = SafeText(limit: limit, isASCII: choice & 2 != 0, hasUnknownBytes: choice & 4 != 0)
        for piece in bytes.pieces { pieces.append(piece.span, to: &pieced) }
        try demand(pieced.span.copied() == written, "in pieces it is another text")
    }
}
