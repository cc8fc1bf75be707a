import Bytes
import JSON

extension FuzzTarget {
    /// JSON as it is looked through, made compact and written.
    static let json = FuzzTarget("json") { input throws(Broken) in
        let isJSON = JSONGrammar.accepts(input)
        let isText = String(validating: input, as: UTF8.self) != nil
        var compact = ByteBuffer()
        if JSONCompaction.append(input.span, to: &compact) {
            let text = compact.span.copied()
            // Whoever calls it has seen to UTF-8.
            if isText { try demand(isJSON, "it is made compact, and is no JSON") }
            try demand(text.count <= input.count, "compact it is longer")
            if isText { try Promise.json(text, "made compact") }
            var again = ByteBuffer()
            try demand(JSONCompaction.append(text.span, to: &again), "made compact, it is refused")
            try demand(again.span.copied() == text, "it becomes more compact the second time")
        } else {
            try demand(compact.isEmpty, "it is refused, and something is written")
            try demand(!isJSON || depth(of: input) > JSONCompaction.depthLimit, "JSON is refused")
        }
        if isText {
            var quoted = ByteBuffer()
            JSONWriter.append(text: input.span, to: &quoted)
            let text = quoted.span.copied()
            try Promise.json(text, "as a text")
            var back = ByteBuffer()
            JSONText.append(Array(text[1..<text.count - 1]).span, to: &back)
            try demand(back.span.copied() == input, "as a text and back it is another: \(Promise.shown(back.span.copied()))")
        }
        var members = JSONMembers(input.span)
        var count = 0
        while let member = members.next(input.span) {
            count += 1
            try demand(member.range.lowerBound >= 0 && member.range.upperBound <= input.count, "a member lies outside of the text")
            try demand(count <= input.count, "there are more members than bytes")
        }
        var elements = JSONElements(input.span)
        while let element = elements.next(input.span) {
            count += 1
            try demand(element.range.lowerBound >= 0 && element.range.upperBound <= input.count, "an element lies outside of the text")
            try demand(count <= 2 * input.count, "there are more elements than bytes")
        }
    }

    /// The most brackets that are open at a place, those in texts left out.
    private static func depth(of text: [UInt8]) -> Int {
        var (depth, most, isInText, isEscaped) = (0, 0, false, false)
        for byte in text {
            if isInText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInText = false
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isInText = true
                case UInt8(ascii: "["), UInt8(ascii: "{"):
                    depth += 1
                    most = max(most, depth)
                case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
                default: break
                }
            }
        }
        return most
    }
}
