import HTTP
import WebSocket

/// Judges how permessage-deflate is offered and answered (RFC 7692 §7.1).
enum DeflateRules {
    private static let takeoverNames = ["client_no_context_takeover", "server_no_context_takeover"]
    private static let windowNames = ["client_max_window_bits", "server_max_window_bits"]

    static func judge(offers: [Extension], into findings: inout [Finding]) {
        for offer in offers {
            judgeRepetition(in: offer, into: &findings)
            for parameter in offer.parameters where !isLegal(parameter, inAnswer: false) {
                findings.append(badValue(of: parameter, inAnswer: false))
            }
        }
    }

    /// - Parameter offers: those of the client; nil when they were not captured.
    static func judge(answer: Extension, to offers: [Extension]?, into findings: inout [Finding]) {
        judgeRepetition(in: answer, into: &findings)
        for parameter in answer.parameters {
            if !(takeoverNames + windowNames).contains(parameter.name) {
                findings.append(Finding(.deflateUnknown, found: parameter.name))
            } else if !isLegal(parameter, inAnswer: true) {
                findings.append(badValue(of: parameter, inAnswer: true))
            }
        }
        // Which of several offers was accepted is not said: one that suits is enough.
        let faults = offers?.map { mismatches(of: answer, with: $0) } ?? []
        if let fewest = faults.min(by: { $0.count < $1.count }) { findings += fewest }
    }

    private static func mismatches(of answer: Extension, with offer: Extension) -> [Finding] {
        var findings: [Finding] = []
        if let chosen = answer.parameter("client_max_window_bits"), offer.parameter("client_max_window_bits") == nil {
            findings.append(Finding(.deflateNotOffered, found: text(of: chosen)))
        }
        if offer.parameter("server_no_context_takeover") != nil, answer.parameter("server_no_context_takeover") == nil {
            findings.append(Finding(.deflateIgnored, expected: "server_no_context_takeover"))
        }
        if let asked = offer.parameter("server_max_window_bits"), let limit = bits(asked) {
            let chosen = answer.parameter("server_max_window_bits")
            if (chosen.flatMap(bits) ?? 15) > limit {
                findings.append(
                    Finding(.deflateIgnored, expected: "server_max_window_bits of at most \(limit)", found: chosen.map(text(of:))))
            }
        }
        return findings
    }

    private static func judgeRepetition(in element: Extension, into findings: inout [Finding]) {
        if let twice = element.parameters.map(\.name).firstRepeated { findings.append(Finding(.deflateRepeated, found: twice)) }
    }

    /// An unknown parameter is not judged here, nor one in quotes that is no token: that is against the grammar already.
    private static func isLegal(_ parameter: Extension.Parameter, inAnswer: Bool) -> Bool {
        if parameter.isQuoted, parameter.value?.isToken == false { return true }
        if takeoverNames.contains(parameter.name) { return parameter.value == nil }
        guard windowNames.contains(parameter.name) else { return true }
        if parameter.value == nil { return !inAnswer && parameter.name == "client_max_window_bits" }
        return bits(parameter) != nil
    }

    private static func badValue(of parameter: Extension.Parameter, inAnswer: Bool) -> Finding {
        let isOptional = !inAnswer && parameter.name == "client_max_window_bits"
        let expected = takeoverNames.contains(parameter.name) ? "no value" : isOptional ? "8 to 15, or no value" : "8 to 15"
        return Finding(.deflateValue, expected: expected, found: text(of: parameter))
    }

    /// "A decimal integer value without leading zeroes between 8 to 15" (§7.1.2.1).
    private static func bits(_ parameter: Extension.Parameter) -> Int? {
        guard let value = parameter.value, !value.hasPrefix("0"), value.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let bits = Int(value), (8...15).contains(bits)
        else { return nil }
        return bits
    }

    private static func text(of parameter: Extension.Parameter) -> String {
        parameter.value.map { "\(parameter.name)=\($0)" } ?? parameter.name
    }
}

extension Extension {
    /// It marks with RSV1 what it compresses. Of extensions that nobody has described, nothing is known.
    var usesRSV1: Bool {
        ["permessage-deflate", "permessage-bzip2", "permessage-snappy", "deflate-frame", "x-webkit-deflate-frame"]
            .contains { name.equalsIgnoringCase($0) }
    }
}

extension ExtensionList {
    /// The elements that are about permessage-deflate.
    var deflate: [Extension] { extensions.filter { $0.name.equalsIgnoringCase(DeflateParameters.extensionName) } }
}
