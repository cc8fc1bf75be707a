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

    /// Adds the operations of a message, and how it came, to the line that was just written.
    private mutating func append(_ meaning: borrowing Meaning) {
        guard !options.findingsOnly else { return }
        output.truncate(to: output.count &- 2)
        if !meaning.isEmpty { output.append(#","operations":"#, operationsOf: meaning) }
        if let delivery = meaning.delivery { output.append(delivery) }
        if meaning.omittedCount > 0 { output.append(#","operationsOmitted":"#, UInt64(meaning.omittedCount)) }
        output.append(json: "}\n")
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
        case .polled(let name, let session):
            output.append(name)
            append(session, digits: Int(connection.fractionDigits))
        case .abandoned(let name, let message):
            output.append(name)
            output.append(#"","state":"abandoned","message":"#, message)
        case .unanswered(let name, let requests):
            output.append(name)
            output.append(json: #"","state":"ended","unanswered":["#)
            for (index, request) in requests.named.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                append(request, digits: Int(connection.fractionDigits))
            }
            output.append(UInt8(ascii: "]"))
            if requests.omittedCount > 0 { output.append(#","unansweredOmitted":"#, requests.omittedCount) }
            if requests.unpairedCount > 0 { output.append(#","unpaired":"#, requests.unpairedCount) }
            if !requests.isCertain { output.append(json: #","certain":false"#) }
        }
        output.append(json: "}\n")
    }

    private mutating func append(_ request: Unanswered, digits: Int) {
        if let number = MessageFacts.polledNumber(request.message) {
            output.append(#"{"polled":"#, number)
        } else {
            output.append(#"{"message":"#, request.message)
        }
        output.append(json: #","time":""#)
        time.append(Timestamp(nanoseconds: request.time), digits: digits, to: &output)
        output.append(json: request.from == .client ? #"","from":"client","type":""# : #"","from":"server","type":""#)
        if request.word.isEmpty { output.append(request.type) } else { output.append(lossy: request.word.span) }
        if !request.name.isEmpty {
            output.append(json: #"","name":""#)
            output.append(lossy: request.name.span)
        }
        if !request.id.isEmpty {
            output.append(json: #"","id":""#)
            output.append(lossy: request.id.span)
        }
        output.append(json: #""}"#)
    }
}
