import Bytes
import Inspection
import Redaction

extension FuzzTarget {
    /// Texts around a secret: it is never shown, what is no JSON stays none, and what is JSON stays JSON.
    static let redaction = FuzzTarget("redaction") { input throws(Broken) in
        var script = InputScript(input)
        let choice = script.byte()
        let place = script.number16()
        let text = script.rest
        let secret = Array(Promise.secret.utf8)
        // What was secret once is so wherever it is repeated.
        var finder = SecretFinder(SecretNames())
        _ = finder.find(inHeader: "Cookie", Array("sid=\(Promise.secret)".utf8).span)
        let at = min(place, text.count)
        try check(Array(text[..<at]) + secret + Array(text[at...]), &finder, "repeated")
        // What a telling name says is secret, in JSON with other members around it.
        var fresh = SecretFinder(SecretNames())
        if JSONGrammar.accepts(text) {
            try check(text, &fresh, "JSON")
            try check(
                Array(#"{"a":"#.utf8) + text + Array(#","password":"\#(Promise.secret)","b":"#.utf8) + text + Array("}".utf8), &fresh,
                "named")
        } else {
            try check(text, &fresh, "text")
        }
        if choice & 1 != 0 { try checkReport(text, choice) }
    }

    private static func check(_ text: [UInt8], _ finder: inout SecretFinder, _ what: String) throws(Broken) {
        let found = finder.find(inText: text.span)
        var end = 0
        for secret in found {
            try demand(
                secret.range.lowerBound >= end && secret.range.upperBound <= text.count && !secret.range.isEmpty, "\(what): secrets overlap"
            )
            end = secret.range.upperBound
        }
        var filled = text
        Marker.fill(found, in: &filled)
        try demand(filled.count == text.count, "\(what): filling changes the length")
        let replaced = Array(Marker.replaced(found, in: text).utf8)
        for shown in [filled, replaced] {
            try Promise.hidden(shown, what)
            // A number or a text alone may be removed whole.
            if text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "["), JSONGrammar.accepts(text) {
                try Promise.json(shown, "\(what), redacted")
            }
        }
    }

    /// A whole conversation with the secret in its target, in a cookie and in the messages that the text becomes.
    private static func checkReport(_ text: [UInt8], _ choice: UInt8) throws(Broken) {
        var dialogue = Dialogue.opened()
        dialogue.upgrade(target: "/chat?token=\(Promise.secret)", fields: "Cookie: sid=\(Promise.secret)\r\n")
        let message = Array("the word is \(Promise.secret), said ".utf8) + text
        let half = message.count * Int(choice >> 4) / 16
        dialogue.send(true, Dialogue.frame(0x81, message))
        dialogue.send(true, Dialogue.frame(0x01, Array(message[..<half])) + Dialogue.frame(0x80, Array(message[half...])))
        dialogue.send(true, Dialogue.frame(0x82, message))
        dialogue.send(true, Dialogue.frame(0x89, Array(message.prefix(125))))
        dialogue.send(true, Array(Dialogue.frame(0x81, message).dropLast()))
        var script = InputScript([choice])
        try ReportForm(choice >> 1 & 7, &script).check(dialogue, .init(), isRedacted: true)
    }
}
