import Verdicts

// Fields of how connections end: members of the line `end` of the JSON Lines.
extension FieldEntry {
    static func ending(_ field: Field) -> FieldEntry? {
        switch field {
        case .verdictHow:
            FieldEntry(
                .name, .ending, "how the connection ended, or open where the capture ended first", "verdict.how == reset", ["verdict"])
        case .verdictBy:
            FieldEntry(
                .name, .ending, "who ended it, with a Close frame, FIN or RST: client or server", "verdict.by == server", ["ended.by"])
        case .verdictCode:
            FieldEntry(.number, .ending, "code of the first Close frame; absent without one", "verdict.code >= 1002")
        case .verdictCause:
            FieldEntry(
                .name, .ending, "what most probably led to it; absent where nothing shows it", "verdict.cause == ping-timeout", ["cause"])
        case .verdictText: FieldEntry(.text, .ending, "the sentence that says how it ended", "verdict.text contains \"no pong\"")
        case .verdictIdle:
            FieldEntry(.duration, .ending, "silence before what ended it, or up to the end of the capture", "verdict.idle > 30s")
        case .verdictSilent:
            FieldEntry(.name, .ending, "whose silence that was; absent where it was both sides'", "verdict.silent == client")
        case .verdictTimeout:
            FieldEntry(.duration, .ending, "the usual idle timeout that the silence is as long as", "verdict.timeout == 60s")
        case .echoCode:
            FieldEntry(
                .number, .ending, "code of the Close frame that answered the first", "verdict.echo.code != 1000", ["echo.code"])
        case .echoAfter:
            FieldEntry(.duration, .ending, "time from the first Close frame to the other", "verdict.echo.after > 1s", ["echo.after"])
        case .browserCode:
            FieldEntry(
                .number, .ending, "code that a browser in the client's place reports", "browser.code == 1006", ["browser.code"])
        case .browserWasClean:
            FieldEntry(
                .flag, .ending, "a browser in the client's place reports a clean end", "browser.wasClean == false", ["browser.wasClean"])
        case .duration: FieldEntry(.duration, .ending, "time from the connection's beginning to its end", "duration < 1s")
        case .clientFrames: FieldEntry(.number, .ending, "frames that the client sent", "client.frames == 0")
        case .clientBytes:
            FieldEntry(.size, .ending, "bytes of the messages that the client sent, inflated", "client.bytes > 1kB")
        case .serverFrames: FieldEntry(.number, .ending, "frames that the server sent", "server.frames > 10")
        case .serverBytes:
            FieldEntry(.size, .ending, "bytes of the messages that the server sent, inflated", "server.bytes > 1kB")
        default: nil
        }
    }
}
