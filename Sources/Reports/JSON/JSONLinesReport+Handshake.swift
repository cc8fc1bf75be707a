import Bytes
import HTTP
import Inspection
import Rules
import WebSocket

// The members `handshake` and `response.body`.
extension JSONLinesReport {
    /// The handshake requirement by requirement, and what was offered and chosen.
    mutating func appendHandshake(of connection: Connection) {
        let checklist = HandshakeChecklist(
            request: connection.request, response: connection.response, findings: connection.handshakeFindings)
        output.append(json: #","handshake":{"checks":"#)
        output.append(jsonArray: checklist.checks) { $0.append($1) }
        if let request = connection.request {
            output.append(json: #","offered":{"subprotocols":"#)
            output.append(jsonArray: request.headers.elements(of: "Sec-WebSocket-Protocol")) { $0.append(jsonString: $1) }
            append(ExtensionList(in: request.headers).extensions, meaning: ExtensionMeaning.ofOffer)
            output.append(UInt8(ascii: "}"))
        }
        if connection.response?.isGrant == true {
            output.append(json: #","chosen":{"#)
            if let subprotocol = connection.subprotocol {
                output.append(#""subprotocol":"#, string: subprotocol)
                output.append(UInt8(ascii: ","))
            }
            append(connection.extensions, key: #""extensions":"#, meaning: ExtensionMeaning.ofAnswer)
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "}"))
    }

    /// A parameter without a value is an array of its name alone.
    /// - Parameter meaning: the phrases of `means`; without it that is left out.
    mutating func append(_ extensions: [Extension], key: StaticString = #","extensions":"#, meaning: ((Extension) -> [String])? = nil) {
        output.append(json: key)
        output.append(jsonArray: extensions) { output, element in
            output.append(#"{"name":"#, string: element.name)
            output.append(json: #","parameters":"#)
            output.append(jsonArray: element.parameters) { output, parameter in
                output.append("[", string: parameter.name)
                if let value = parameter.value { output.append(",", string: value) }
                output.append(UInt8(ascii: "]"))
            }
            if let phrases = meaning?(element), !phrases.isEmpty {
                output.append(json: #","means":"#)
                output.append(jsonArray: phrases) { $0.append(jsonString: $1) }
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    /// What came with a refusal, a coding taken off where that can be done.
    mutating func append(_ body: RefusalBody) {
        output.append(#","body":{"kept":"#, UInt64(body.bytes.count))
        if let length = body.length { output.append(#","length":"#, length) }
        if options.payload == .full {
            if let inflated = body.inflated { output.append(#","inflated":"#, UInt64(inflated.count)) }
            let bytes = body.content ?? body.bytes
            appendBytes(bytes.span, isText: body.isText, isCut: body.isContentCut)
        }
        if !body.isComplete { output.append(json: #","complete":false"#) }
        output.append(UInt8(ascii: "}"))
    }
}

extension RefusalBody {
    /// Its content can be read, and is UTF-8.
    var isText: Bool { content.map { PayloadText.isText($0.span, isCut: isContentCut || !isComplete) } ?? false }
}

extension ByteBuffer {
    fileprivate mutating func append(_ check: HandshakeCheck) {
        append(#"{"side":"#, check.side.name)
        append(#","name":"#, string: check.label)
        append(#","requirement":"#, string: check.requirement)
        if let section = check.section { append(#","section":"#, string: section) }
        if let expected = check.expected { append(#","expected":"#, string: expected) }
        if let found = check.found { append(#","found":"#, string: found) }
        if let derivation = check.derivation { append(#","derivation":"#, string: derivation) }
        append(#","state":"#, string: check.state.rawValue)
        if let rule = check.rule { append(#","rule":"#, string: rule.rawValue) }
        append(UInt8(ascii: "}"))
    }
}
