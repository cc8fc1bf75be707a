import Bytes
import Inspection
import Subprotocols
import Waits
import WebSocket

// The member `operations`, and the line `protocol`.
extension JSONLinesReport {
    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        self.frame(frame, payload: payload, ending: message, content: content, of: connection)
        append(meaning)
    }

    public mutating func frame(plain: PlainFrame, payload: Span<UInt8>, meaning: borrowing Meaning, of connection: Connection) {
        frame(plain: plain, payload: payload, of: connection)
        append(meaning)
    }

    /// Adds the operations of a message to the line that was just written.
    private mutating func append(_ meaning: borrowing Meaning) {
        guard !options.findingsOnly else { return }
        output.truncate(to: output.count - 2)
        for index in meaning.operations.indices {
            output.append(json: index == 0 ? #","operations":[{"protocol":""# : #",{"protocol":""#)
            output.append(meaning.name)
            append(meaning.operations[index], of: meaning)
            if let wait = meaning.wait(of: index) { append(wait) }
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "]"))
        if meaning.omittedCount > 0 { output.append(#","operationsOmitted":"#, UInt64(meaning.omittedCount)) }
        output.append(json: "}\n")
    }

    private mutating func append(_ operation: Operation, of meaning: borrowing Meaning) {
        output.append(json: #"","type":""#)
        if operation.word.isEmpty { output.append(operation.type) } else { append("", meaning.bytes(of: operation.word)) }
        if !operation.name.isEmpty { append(#"","name":""#, meaning.bytes(of: operation.name)) }
        if !operation.detail.isEmpty { append(#"","detail":""#, meaning.bytes(of: operation.detail)) }
        if !operation.id.isEmpty { append(#"","id":""#, meaning.bytes(of: operation.id)) }
        output.append(json: #"","role":""#)
        output.append(operation.role.name)
        output.append(UInt8(ascii: "\""))
        if operation.request > 0 { output.append(#","request":"#, operation.request) }
        if let latency = operation.latency {
            output.append(json: #","latency":"#)
            TimeText.appendSeconds(latency, to: &output)
        }
        if let status = operation.status {
            output.append(json: status == .ok ? #","status":"ok""# : #","status":"error""#)
        }
        if !operation.reason.isEmpty {
            append(#","reason":""#, meaning.bytes(of: operation.reason))
            output.append(UInt8(ascii: "\""))
        }
        if operation.firstMessage > 0 { output.append(#","firstMessage":"#, operation.firstMessage) }
        if !operation.value.isEmpty {
            output.append(json: #","value":"#)
            output.append(meaning.bytes(of: operation.value))
        }
    }

    private mutating func append(_ wait: Wait) {
        output.append(json: #","wait":["#)
        for (index, part) in wait.parts.enumerated() {
            output.append(json: index == 0 ? #"{"cause":""# : #",{"cause":""#)
            output.append(part.cause.name)
            output.append(json: #"","seconds":"#)
            TimeText.appendSeconds(part.nanoseconds, to: &output)
            if let side = part.side { output.append(json: side == .client ? #","side":"client""# : #","side":"server""#) }
            if part.firstPacket > 0 {
                output.append(#","packets":["#, part.firstPacket)
                if part.lastPacket != part.firstPacket { output.append(",", part.lastPacket) }
                output.append(UInt8(ascii: "]"))
            }
            if part.message > 0 { output.append(#","message":"#, part.message) }
            if part.connection > 0 { output.append(#","connection":"#, part.connection) }
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "]"))
    }

    /// A key with what stands before it, and a text that may be anything.
    private mutating func append(_ key: StaticString, _ text: Span<UInt8>) {
        output.append(json: key)
        guard UTF8Validator.isValid(text) else {
            return output.append(escaping: Array(String(decoding: text.copied(), as: UTF8.self).utf8).span)
        }
        output.append(escaping: text)
    }

    // MARK: The line `protocol`

    mutating func append(_ note: ProtocolNote, of connection: Connection, at moment: Timestamp) {
        beginLine()
        output.append(#"{"type":"protocol","connection":"#, connection.number)
        output.append(json: #","time":""#)
        time.append(moment, digits: Int(connection.fractionDigits), to: &output)
        output.append(json: #"","protocol":""#)
        switch note {
        case .recognised(let name, let evidence):
            output.append(name)
            output.append(json: #"","state":"recognised","by":""#)
            output.append(string: evidence.rawValue)
            output.append(UInt8(ascii: "\""))
        case .abandoned(let name, let message):
            output.append(name)
            output.append(#"","state":"abandoned","message":"#, message)
        case .unanswered(let name, let requests, let omittedCount, let isCertain):
            output.append(name)
            output.append(json: #"","state":"ended","unanswered":["#)
            for (index, request) in requests.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                append(request, digits: Int(connection.fractionDigits))
            }
            output.append(UInt8(ascii: "]"))
            if omittedCount > 0 { output.append(#","unansweredOmitted":"#, omittedCount) }
            if !isCertain { output.append(json: #","certain":false"#) }
        }
        output.append(json: "}\n")
    }

    private mutating func append(_ request: Unanswered, digits: Int) {
        output.append(#"{"message":"#, request.message)
        output.append(json: #","time":""#)
        time.append(Timestamp(nanoseconds: request.time), digits: digits, to: &output)
        output.append(json: request.from == .client ? #"","from":"client","type":""# : #"","from":"server","type":""#)
        if request.word.isEmpty { output.append(request.type) } else { append("", request.word.span) }
        if !request.name.isEmpty { append(#"","name":""#, request.name.span) }
        if !request.id.isEmpty { append(#"","id":""#, request.id.span) }
        output.append(json: #""}"#)
    }
}
