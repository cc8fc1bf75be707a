import Bytes
import Chains
import HTTP
import Inspection
import Packets
import Verdicts
import WebSocket

// The lines `connection` and `end`.
extension JSONLinesReport {
    mutating func append(opening connection: Connection) {
        let digits = Int(connection.fractionDigits)
        beginLine()
        output.append(#"{"type":"connection","connection":"#, connection.number)
        output.append(json: #","time":""#)
        time.append(connection.time, digits: digits, to: &output)
        if let answered = connection.responseTime {
            output.append(json: #"","responseTime":""#)
            time.append(answered, digits: digits, to: &output)
        }
        output.append(UInt8(ascii: "\""))
        if connection.client.isKnown { append(#","client":{"address":"#, connection.client) }
        if connection.server.isKnown { append(#","server":{"address":"#, connection.server) }
        if let owners = connection.owners { append(owners) }
        if let recorder = connection.recorder {
            output.append(#","recorder":"#, string: recorder)
        } else {
            output.append(#","transport":"#, string: connection.carrier.transport)
        }
        if !connection.carrier.path.isEmpty { append(connection.carrier.path) }
        if let stream = connection.carrier.stream { output.append(#","stream":"#, stream) }
        if connection.carrier.stream != nil { output.append(#","tcp":"#, connection.carrier.flow) }
        if let security = connection.carrier.security { append(security) }
        output.append(#","status":"#, connection.status.name)
        if let url = connection.url { output.append(#","url":"#, string: url) }
        if let request = connection.request { append(request) }
        if let response = connection.response { append(response, connection.refusalBody) }
        if let subprotocol = connection.subprotocol { output.append(#","subprotocol":"#, string: subprotocol) }
        if !connection.extensions.isEmpty { append(connection.extensions) }
        if !connection.inferred.isEmpty {
            output.append(json: #","inferred":"#)
            output.append(jsonArray: connection.inferred) { $0.append(jsonString: $1) }
        }
        output.append(packets: connection.packets)
        if let reconnect = reconnects?.take(opened: connection) { append(reconnect) }
        if options.handshake { appendHandshake(of: connection) }
        output.append(json: "}\n")
    }

    mutating func append(_ end: ConnectionEnd) {
        let (verdict, connection) = (end.verdict, end.connection)
        reconnects?.take(end, verdict)
        beginLine()
        output.append(#"{"type":"end","connection":"#, connection.number)
        output.append(json: #","time":""#)
        time.append(verdict.time, digits: Int(connection.fractionDigits), to: &output)
        output.append(json: #"","duration":"#)
        TimeText.appendSeconds(verdict.time.nanoseconds(since: connection.time), to: &output)
        append(verdict, digits: Int(connection.fractionDigits))
        output.append(json: #","totals":{"client":{"#)
        append(end.totals(of: .client), isRecorded: connection.isRecorded)
        output.append(json: #","server":{"#)
        append(end.totals(of: .server), isRecorded: connection.isRecorded)
        output.append(json: "}}\n")
    }

    // MARK: Parts of a connection

    private mutating func append(_ owners: SocketOwners) {
        output.append(json: #","process":{"#)
        if let client = owners.client { append(json: #""client":{"pid":"#, client) }
        if let server = owners.server { append(json: owners.client == nil ? #""server":{"pid":"# : #","server":{"pid":"#, server) }
        output.append(UInt8(ascii: "}"))
    }

    private mutating func append(json member: StaticString, _ owner: SocketOwner) {
        output.append(member, UInt64(owner.process))
        output.append(#","name":"#, string: owner.name)
        if let command = owner.command { output.append(#","command":"#, string: command) }
        output.append(UInt8(ascii: "}"))
    }

    mutating func append(_ reconnect: Reconnect) {
        output.append(#","reconnect":{"number":"#, UInt64(reconnect.number))
        output.append(#","previous":"#, reconnect.previous)
        output.append(json: #","after":"#)
        TimeText.appendSeconds(max(0, reconnect.after), to: &output)
        output.append(#","attempt":"#, UInt64(reconnect.attempt))
        if !reconnect.isCertain { output.append(#","certain":"#, false) }
        output.append(UInt8(ascii: "}"))
    }

    private mutating func append(_ path: [PathHop]) {
        output.append(json: #","path":"#)
        output.append(jsonArray: path) { output, hop in
            output.append(#"{"layer":"#, hop.kind.word)
            if let id = hop.id {
                output.append(json: #",""#)
                output.append(hop.kind.idName)
                output.append(#"":"#, UInt64(id))
            }
            if let source = hop.source { output.append(#","source":"#, string: source.description) }
            if let destination = hop.destination { output.append(#","destination":"#, string: destination.description) }
            output.append(UInt8(ascii: "}"))
        }
    }

    mutating func append(_ key: StaticString, _ endpoint: Endpoint) {
        output.append(key, string: endpoint.address.description)
        output.append(#","port":"#, UInt64(endpoint.port))
        output.append(UInt8(ascii: "}"))
    }

    private mutating func append(_ head: RequestHead) {
        output.append(#","request":{"method":"#, string: head.method)
        output.append(#","target":"#, string: head.target)
        output.append(#","version":"#, string: head.version)
        append(head.headers)
        output.append(UInt8(ascii: "}"))
    }

    private mutating func append(_ head: ResponseHead, _ body: RefusalBody?) {
        output.append(json: #","response":{"status":"#)
        output.append(decimal: head.status)
        if !head.reason.isEmpty { output.append(#","reason":"#, string: head.reason) }
        append(head.headers)
        if let body { append(body) }
        output.append(UInt8(ascii: "}"))
    }

    private mutating func append(_ headers: Headers) {
        output.append(json: #","headers":"#)
        var opening: StaticString = "[[\""
        headers.forEach { name, value in
            output.append(json: opening)
            output.append(escaping: name)
            output.append(json: "\",\"")
            output.append(escaping: value)
            opening = "\"],[\""
        }
        output.append(json: headers.isEmpty ? "[]" : "\"]]")
    }

    // MARK: Parts of an end

    /// Of what was recorded, frames are not known, nor what they took.
    private mutating func append(_ totals: Totals, isRecorded: Bool) {
        if !isRecorded {
            output.append(#""frames":"#, totals.frames)
            output.append(UInt8(ascii: ","))
        }
        output.append(#""messages":"#, totals.messages)
        output.append(#","bytes":"#, totals.bytes)
        if !isRecorded {
            output.append(#","wireBytes":"#, totals.wireBytes)
            output.append(#","headerBytes":"#, totals.headerBytes)
        }
        output.append(UInt8(ascii: "}"))
    }
}

extension Connection.Status {
    var name: StaticString {
        switch self {
        case .open: "open"
        case .refused: "refused"
        case .unanswered: "unanswered"
        case .inferred: "inferred"
        }
    }
}
