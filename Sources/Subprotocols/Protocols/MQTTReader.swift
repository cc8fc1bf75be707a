import Bytes
import JSON
import WebSocket

/// Reads the fields of MQTT's packets (MQTT 5 §1.5), and says what its codes mean.
struct MQTTReader {
    var position = 0

    init(_ body: Span<UInt8>) {}

    mutating func takeInteger(_ body: Span<UInt8>) -> UInt16? {
        guard position + 2 <= body.count else { return nil }
        position += 2
        return body.uint16BE(at: position - 2)
    }

    mutating func takeText(_ body: Span<UInt8>) -> Range<Int>? {
        guard let count = takeInteger(body), position + Int(count) <= body.count else { return nil }
        position += Int(count)
        return position - Int(count)..<position
    }

    private mutating func takeVariable(_ body: Span<UInt8>) -> Int? {
        var value = 0
        for place in 0..<4 {
            guard position < body.count else { return nil }
            let byte = body[position]
            position += 1
            value |= Int(byte & 0x7F) << (7 * place)
            if byte < 0x80 { return value }
        }
        return nil
    }

    mutating func skipProperties(_ body: Span<UInt8>) -> Bool {
        var alias: UInt16?
        return skipProperties(body, &alias)
    }

    /// Passes over properties; the topic's alias among them is kept (MQTT 5 §2.2.2).
    mutating func skipProperties(_ body: Span<UInt8>, _ alias: inout UInt16?) -> Bool {
        guard let count = takeVariable(body), position + count <= body.count else { return false }
        let end = position + count
        while position < end {
            let kind = body[position]
            position += 1
            switch kind {
            case 0x23: alias = takeInteger(body)
            case 0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A: position += 1
            case 0x13, 0x21, 0x22: position += 2
            case 0x02, 0x11, 0x18, 0x27: position += 4
            case 0x0B: guard takeVariable(body) != nil else { return false }
            case 0x26: guard takeText(body) != nil, takeText(body) != nil else { return false }
            case 0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1A, 0x1C, 0x1F: guard takeText(body) != nil else { return false }
            default: return false
            }
        }
        return position == end
    }

    /// Shows a payload of text as a JSON value; JSON as it is.
    static func describe(_ payload: Span<UInt8>, _ dialogue: inout Dialogue) {
        guard !payload.isEmpty, payload.count <= Meaning.valueLimit else { return }
        let isText = unsafe payload.withUnsafeBufferPointer { unsafe String(validating: $0, as: UTF8.self) } != nil
        guard isText else { return }
        dialogue.value { JSONWriter.append(text: payload, to: &$0) }
    }

    /// What CONNACK says before MQTT 5 (3.1.1 §3.2.2.3).
    static func returnCode(_ code: UInt8) -> StaticString? {
        switch code {
        case 1: "unacceptable protocol version"
        case 2: "identifier rejected"
        case 3: "server unavailable"
        case 4: "bad user name or password"
        case 5: "not authorized"
        default: nil
        }
    }

    /// MQTT 5 §2.4.
    static func reasonCode(_ code: UInt8) -> StaticString? {
        switch code {
        case 0x04: "disconnect with will message"
        case 0x80: "unspecified error"
        case 0x81: "malformed packet"
        case 0x82: "protocol error"
        case 0x83: "implementation specific error"
        case 0x84: "unsupported protocol version"
        case 0x85: "client identifier not valid"
        case 0x86: "bad user name or password"
        case 0x87: "not authorized"
        case 0x88: "server unavailable"
        case 0x89: "server busy"
        case 0x8A: "banned"
        case 0x8B: "server shutting down"
        case 0x8C: "bad authentication method"
        case 0x8D: "keep alive timeout"
        case 0x8E: "session taken over"
        case 0x8F: "topic filter invalid"
        case 0x90: "topic name invalid"
        case 0x91: "packet identifier in use"
        case 0x92: "packet identifier not found"
        case 0x93: "receive maximum exceeded"
        case 0x94: "topic alias invalid"
        case 0x95: "packet too large"
        case 0x96: "message rate too high"
        case 0x97: "quota exceeded"
        case 0x98: "administrative action"
        case 0x99: "payload format invalid"
        case 0x9A: "retain not supported"
        case 0x9B: "QoS not supported"
        case 0x9C: "use another server"
        case 0x9D: "server moved"
        case 0x9E: "shared subscriptions not supported"
        case 0x9F: "connection rate exceeded"
        case 0xA0: "maximum connect time"
        case 0xA1: "subscription identifiers not supported"
        case 0xA2: "wildcard subscriptions not supported"
        default: nil
        }
    }
}
