import Filter
import Testing

/// Expressions with a mistake: the expression, the line with the caret beneath it, and what is said.
private let mistakes: [(String, String, String)] = [
    ("", "^", "An expression belongs here, such as opcode == text."),
    ("opcod == text", "^^^^^", "There is no field opcod. Did you mean opcode?"),
    ("lenght > 5", "^^^^^^", "There is no field lenght. Did you mean length?"),
    ("websocket.opcod == 1", "^^^^^^^^^^^^^^^", "There is no field websocket.opcod. Did you mean websocket.opcode?"),
    ("nothing.like.it", "^^^^^^^^^^^^^^^", "There is no field nothing.like.it. wsray fields lists all."),
    (
        "tcp.stream == 1", "^^^^^^^^^^",
        "There is no field tcp.stream: it counts TCP connections from 0; tcp counts them from 1, and connection counts WebSocket connections."
    ),
    ("opcode == txt", "          ^^^", "opcode is continuation, text, binary, close, ping or pong, not txt. Did you mean text?"),
    ("opcode ==", "         ^", "A value is missing after the comparison."),
    ("opcode == ==", "          ^^", "== is no value; opcode is one of a few names."),
    ("opcode == 16", "          ^^", "opcode is 0 to 15, four bits."),
    ("opcode == text length > 3", "               ^^^^^^", "and or or belongs between two conditions."),
    ("opcode == text adn fin", "               ^^^", "and or or belongs between two conditions. Did you mean and?"),
    ("opcode is text", "       ^^", "is means nothing here. Did you mean ==?"),
    ("opcode text", "       ^^^^", "A comparison belongs after opcode: ==, !=, <, <=, >, >=, in."),
    (
        "url contians \"a\"", "    ^^^^^^^^",
        "A comparison belongs after url: ==, !=, <, <=, >, >=, contains, ~, in. Did you mean contains?"
    ),
    ("opcode ~ /te/", "       ^", "~ looks into text and bytes; opcode is one of a few names: ==, !=, <, <=, >, >=, in."),
    ("from == sevrer", "        ^^^^^^", "from is client or server, not sevrer. Did you mean server?"),
    ("from > client", "     ^", "from has no order, only ==, !=, in."),
    ("fin == yes", "       ^^^", "fin is true or false."),
    ("fin in (true)", "       ^", "fin is true or false; in has no use for it."),
    ("length > big", "         ^^^", "length is a number of bytes; big is none."),
    ("length > 5xb", "          ^^", "xb is no unit here: B, kB, MB, GB, KiB, MiB or GiB."),
    ("length > 1.5", "         ^^^", "length is counted in whole bytes, and not beyond 10^24."),
    ("length == \"100\"", "          ^^^^^", "length is a number of bytes, not text. Did you mean 100?"),
    ("rtt > 50", "      ^^", "rtt is a length of time: 50 of what? Units are ns, us, ms, s, min or h. Did you mean 50ms?"),
    ("rtt > 50mss", "        ^^^", "mss is no unit here: ns, us, ms, s, min or h. Did you mean ms?"),
    ("close.code in 1000", "              ^^^^", "After in belongs a list in parentheses: (1000, 1001) or (1000..1015)."),
    ("close.code in (1000, 1001", "              ^", "This list is never closed."),
    ("close.code in (1000 1001)", "                    ^^^^", "A comma belongs between values, and ) after the last."),
    ("close.code in ()", "               ^", "A value belongs here."),
    ("close.code in (1011..1000)", "               ^^^^^^^^^^", "This range is empty: its first value is greater than its last."),
    ("text == hello", "        ^^^^^", "Text belongs in quotes. Did you mean \"hello\"?"),
    ("text == \"abc", "        ^^^^", "This quoted text has no end: a \" is missing."),
    (#"text == "a\qb""#, "          ^^", #"This escape is not known: \n \r \t \0 \\ \" \' \xHH \u{…}; a \ itself is written \\."#),
    ("text contains \"\"", "              ^^", "Everything contains empty text."),
    ("text ~ /a(b/", "           ^", "The regular expression is not right here: missing closing parenthesis."),
    ("text ~ /a/q", "          ^", "After a regular expression may stand i (any case), m, s or x, as in Perl."),
    ("url == /chat", "       ^^^^^", "Text belongs in quotes; a regular expression between slashes only after ~. Did you mean \"/chat\"?"),
    ("bytes contains 0xabc", "               ^^^^^", "Bytes are written as pairs of hexadecimal digits: 0xdeadbeef."),
    ("json == 1", "^^^^", "expected a path after json: json.type, json.items[0].id."),
    (
        "json.a[x] == 1", "       ^",
        "In brackets belongs the number of an element, from 0, * for any element, or the name of a member in quotes. Did you mean \"x\"?"
    ),
    (
        "json.a[] == 1", "       ^",
        "In brackets belongs the number of an element, from 0, * for any element, or the name of a member in quotes."
    ),
    ("json.a[* == 1", "         ^^", "] belongs here."),
    ("json.a.* == 1", "^^^^^^^", "The name of a member is missing between or after dots."),
    ("json[*][*][*][*][*][*][*][*][*] == 1", "                             ^", "A path in JSON has at most 8 [*]."),
    ("length * 2 > 4", "       ^", "A comparison belongs after length: ==, !=, <, <=, >, >=, in."),
    ("request.header[*] == \"a\"", "               ^", "The name of a header field belongs here, in quotes."),
    ("opcode == *", "          ^", "* is no value; opcode is one of a few names."),
    ("verdct == reset", "^^^^^^", "There is no field verdct. Did you mean verdict?"),
    ("browser.cod == 1006", "^^^^^^^^^^^", "There is no field browser.cod. Did you mean browser.code?"),
    ("end == reset", "^^^", "There is no field end: write verdict.how, verdict.by or duration."),
    ("size > 1kB", "^^^^", "There is no field size: write length for the frame as on the wire, message.length for the message, inflated."),
    (
        "verdict == rest", "           ^^^^",
        "verdict is closed, close-unanswered, fin-without-close, reset, open, refused, unanswered, failed, not-upgraded, not-recorded, reported-failure or forgotten, not rest. Did you mean reset?"
    ),
    ("ended.by == serer", "            ^^^^^", "ended.by is client or server, not serer. Did you mean server?"),
    ("verdict > closed", "        ^", "verdict has no order, only ==, !=, in."),
    ("browser.wasClean == yes", "                    ^^^", "browser.wasClean is true or false."),
    ("browser.code == clean", "                ^^^^^", "browser.code is a number; clean is none."),
    (
        "verdict.timeout == 60", "                   ^^",
        "verdict.timeout is a length of time: 60 of what? Units are ns, us, ms, s, min or h. Did you mean 60ms?"
    ),
    ("json.a in (\"a\"..5..6)", "                 ^^", "A comma belongs between values, and ) after the last."),
    ("json.a == abc", "          ^^^", "Text belongs in quotes. Did you mean \"abc\"?"),
    ("ip.addr == 300.1.2.3", "           ^^^^^^^^^", "This is no IP address: 192.0.2.1, 10.0.0.0/8, 2001:db8::1 or ::1."),
    ("client.port == server.port", "               ^^^^^^^^^^^", "server.port is a field; on the right stands a value."),
    (
        "finding == frame.mask.mising", "           ^^^^^^^^^^^^^^^^^",
        "There is no rule frame.mask.mising. Did you mean frame.mask.missing?"
    ),
    ("severity >= warn", "            ^^^^", "severity is note, warning or violation, not warn. Did you mean warning?"),
    ("time > noon", "       ^^^^", "This is no time: \"14:03:00.5\", \"2026-11-22\" or \"2026-11-22T14:03:00Z\"."),
    ("time in (\"14:00\"..\"2026-01-01\")", "         ^^^^^^^^^^^^^^^^^^^^^", "One end has a date and the other has none."),
    (
        "request.header == \"a\"", "^^^^^^^^^^^^^^",
        "request.header needs the name of a header field: request.header.user-agent or request.header[\"User-Agent\"]."
    ),
    ("(opcode == text", "^", "This parenthesis is never closed."),
    ("opcode == text)", "              ^", "This parenthesis closes nothing."),
    ("opcode == text and", "                  ^", "A condition is missing at the end."),
    ("opcode == text | fin", "               ^", "A single | means nothing here. Did you mean ||?"),
    ("5 < length", "^", "A field belongs here, such as length; values stand on the right."),
    // The caret stands under the place even behind characters that are two columns wide, and in the second line.
    ("url == \"李雷\" fin", "              ^^^", "and or or belongs between two conditions."),
]

/// The mistake in an expression, nil where there is none.
private func mistake(in expression: String) -> ConditionError? {
    do throws(ConditionError) {
        _ = try Condition(expression)
        return nil
    } catch {
        return error
    }
}

@Suite struct MistakeTests {
    @Test("a mistake is shown with a caret under it", arguments: mistakes)
    func caret(expression: String, caret: String, message: String) {
        let error = mistake(in: expression)
        #expect(error?.rendered(in: expression) == "\(message)\n  \(expression)\n  \(caret)")
    }

    @Test("only the line with the mistake is shown")
    func lines() {
        let expression = "opcode == text\n  and lenght > 5\n  and fin"
        let error = mistake(in: expression)
        #expect(error?.rendered(in: expression) == "There is no field lenght. Did you mean length?\n    and lenght > 5\n        ^^^^^^")
    }

    @Test(
        "what a mistake repeats of the expression does nothing to a terminal",
        arguments: ["op\u{1B}[31m == 1", ".1/00\u{1A}", "opcode == \"\\\u{1B}\"", "lengt\u{9B}h == 1", "json.a == b\u{202E}"])
    func harmless(expression: String) throws {
        let rendered = try #require(mistake(in: expression)).rendered(in: expression)
        let obeyed: [Unicode.GeneralCategory] = [.control, .format]
        #expect(!rendered.unicodeScalars.contains { $0 != "\n" && obeyed.contains($0.properties.generalCategory) })
    }

    @Test("every beginning of an expression either parses or says where it does not")
    func beginnings() {
        let whole =
            #"not (opcode == text and json.a["b"][0] >= 1.5e3) or url ~ /x\/y(z)/i && bytes contains 0xdead || time in ("14:03".."15:00")"#
        for count in 0...whole.count {
            let part = String(whole.prefix(count))
            do throws(ConditionError) {
                _ = try Condition(part)
            } catch {
                #expect(error.range.lowerBound <= part.utf8.count && error.range.upperBound <= part.utf8.count, "\(part)")
                #expect(!error.message.isEmpty)
            }
        }
    }

    @Test("expressions of words thrown together parse, or say where they do not")
    func nonsense() {
        let words = [
            "opcode", "==", "text", "(", ")", "[", "]", "{", "}", "and", "or", "not", "!", "in", "..", ",", "json.a", "json", "[0]",
            "\"a\"", "~",
            "/x/", "/", "0xab", "0x", "5ms", "50", "-1", "1.5kB", "rtt", "time", "\"14:03\"", "ip.addr", "10.0.0.0/8", "::1", "finding",
            "é", "\\",
            "request.header", ".x", "contains", "fin", "true", "severity", "&&", "||", "=", "'", "\"", "..1", "text~", "1..2", "\n",
        ]
        var state: UInt64 = 1
        for _ in 0..<4_000 {
            var parts: [String] = []
            repeat {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                parts.append(words[Int(state >> 33) % words.count])
            } while state >> 61 != 0 && parts.count < 12
            let expression = parts.joined(separator: state & 1 << 40 == 0 ? " " : "")
            guard let error = mistake(in: expression) else { continue }
            let isInside = error.range.lowerBound >= 0 && error.range.upperBound <= expression.utf8.count
            #expect(isInside && error.rendered(in: expression).contains("^"), "\(expression)")
        }
    }

    @Test("rows of frames have no columns for what is known only behind them")
    func columns() {
        func mistake(_ list: String) -> ConditionError? {
            do throws(ConditionError) {
                _ = try FieldReference.list(list)
                return nil
            } catch {
                return error
            }
        }
        #expect(mistake("time,json.a[*],url") == nil)
        #expect(
            mistake("time, browser.code")?.rendered(in: "time, browser.code")
                == """
                browser.code is known when the connection has ended, and rows are written as frames come: wsray summary has a row for each connection.
                  time, browser.code
                        ^^^^^^^^^^^^
                """)
    }

    @Test("questions about ends have a limit")
    func questions() throws {
        _ = try Condition(Array(repeating: "verdict == reset", count: 63).joined(separator: " or "))
        #expect(mistake(in: Array(repeating: "verdict == reset", count: 64).joined(separator: " or ")) != nil)
    }

    @Test("parentheses have a limit, so that no expression ends the program")
    func depth() throws {
        _ = try Condition(String(repeating: "(", count: 100) + "fin" + String(repeating: ")", count: 100))
        _ = try Condition(String(repeating: "not ", count: 10_000) + "fin")
        #expect(mistake(in: String(repeating: "(", count: 101) + "fin" + String(repeating: ")", count: 101))?.range == 100..<101)
        #expect(mistake(in: String(repeating: "fin or ", count: 10_000) + "fin")?.range.lowerBound == 64 << 10)
    }
}
