import Bytes
import WebSocket

/// What a message probably is, told by its first bytes: the usual ending of such a file's name.
public enum ContentType {
    /// - Parameter isText: the message is text, or what it carries is.
    public static func ending(of content: Span<UInt8>, isText: Bool) -> StaticString {
        for (start, offset, ending) in signatures where content.matches(start, at: offset) { return ending }
        if let ending = binaryEnding(content) { return ending }
        if content.matches("RIFF") { return content.matches("WEBP", at: 8) ? "webp" : content.matches("WAVE", at: 8) ? "wav" : "bin" }
        guard isText || PayloadText.isPrintable(content, isCut: false) else { return "bin" }
        return isStructured(content) ? "json" : "txt"
    }

    /// The bytes that a file of the kind begins with, or has at an offset.
    private static let signatures: [(StaticString, Int, StaticString)] = [
        ("PNG\r\n", 1, "png"), ("GIF87a", 0, "gif"), ("GIF89a", 0, "gif"), ("%PDF-", 0, "pdf"), ("PK\u{3}\u{4}", 0, "zip"),
        ("BZh", 0, "bz2"),
        ("7zXZ", 1, "xz"), ("OggS", 0, "ogg"), ("fLaC", 0, "flac"), ("ID3", 0, "mp3"), ("ftyp", 4, "mp4"), ("\0asm", 0, "wasm"),
        ("SQLite format 3\0", 0, "sqlite"), ("<?xml", 0, "xml"), ("<svg", 0, "svg"), ("<!DOCTYPE html", 0, "html"),
        ("<!doctype html", 0, "html"),
    ]

    /// Signatures that are no text.
    private static func binaryEnding(_ content: Span<UInt8>) -> StaticString? {
        guard content.count >= 4 else { return content.count >= 2 && content.uint16BE(at: 0) == 0x1F8B ? "gz" : nil }
        switch content.uint32BE(at: 0) {
        case 0xFFD8_FF00...0xFFD8_FFFF: return "jpg"
        case 0x28B5_2FFD: return "zst"
        case 0x1A45_DFA3: return "webm"
        case 0x1F8B_0000...0x1F8B_FFFF: return "gz"
        default: return nil
        }
    }

    /// Begins and ends as a JSON object or array does.
    private static func isStructured(_ text: Span<UInt8>) -> Bool {
        var start = 0
        var end = text.count
        while start < end, text[start] <= 0x20 { start += 1 }
        while end > start, text[end - 1] <= 0x20 { end -= 1 }
        guard end - start >= 2 else { return false }
        switch text[start] {
        case UInt8(ascii: "{"): return text[end - 1] == UInt8(ascii: "}")
        case UInt8(ascii: "["): return text[end - 1] == UInt8(ascii: "]")
        default: return false
        }
    }
}
