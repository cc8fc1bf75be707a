import Bytes
import Inspection
import JSON
import Packets
import Rules
import Subprotocols
import WebSocket

/// Takes the values of one field of one frame: none, one, or several in turn.
public protocol FieldWriter: ~Copyable {
    mutating func write(number: Int128)
    mutating func write(flag: Bool)
    /// Nanoseconds.
    mutating func write(duration: Int128)
    mutating func write(time: Timestamp)
    /// One of the program's own names.
    mutating func write(name: String)
    /// Text from the wire, UTF-8 or not.
    mutating func write(text: Span<UInt8>)
    mutating func write(bytes: Span<UInt8>)
    mutating func write(address: IPAddress)
    /// A value of JSON as it stands in the message.
    mutating func write(json: Span<UInt8>)
}

extension FieldReference {
    /// Fields named one after another: `time,from,json.type`.
    ///
    /// Those about the end of a connection are refused: rows are written as frames come.
    public static func list(_ text: String) throws(ConditionError) -> [FieldReference] {
        try Parser.parseList(text) { field throws(ConditionError) in
            guard field.field.entry.level != .ending, field.field != .unanswered else {
                throw ConditionError(
                    field.range,
                    "\(field.written) is known when the connection has ended, and rows are written as frames come: "
                        + "wsray summary has a row for each connection.")
            }
        }
    }

    /// Hands the values of the field to `writer`. What belongs to a message is there with the frame that ends it.
    public func write(
        _ frame: borrowing Frame, ending message: Message?, content: Span<UInt8>, of connection: Connection,
        into writer: inout some FieldWriter & ~Copyable
    ) {
        switch field.entry.type {
        case .number, .size, .duration, .time, .flag, .name: writeNumbers(frame, message, content, connection, into: &writer)
        case .address:
            if let address = FrameValues.address(of: field, frame, connection) { writer.write(address: address) }
            for address in ConnectionValues.addresses(of: field, connection) { writer.write(address: address) }
        case .text where field.entry.level == .connection:
            for text in ConnectionValues.texts(of: self, connection) { writer.write(text: Array(text.utf8).span) }
        case .text:
            guard let range = FrameValues.text(of: field, frame.messageOpcode, isEnding: message != nil, content) else { return }
            writer.write(text: content.extracting(range))
        case .bytes:
            guard let range = FrameValues.text(of: field, frame.messageOpcode, isEnding: message != nil, content) else { return }
            writer.write(bytes: content.extracting(range))
        case .json:
            guard let range = FrameValues.text(of: field, frame.messageOpcode, isEnding: message != nil, content), let path else { return }
            var scanner = JSONScanner(path)
            while let value = scanner.next(in: content.extracting(range)) {
                write(value, in: content.extracting(range), into: &writer)
            }
        }
    }

    /// Hands the values of a field about operations to `writer`, one for each operation that has such.
    public func write(_ meaning: borrowing Meaning, into writer: inout some FieldWriter & ~Copyable) {
        if field == .protocol {
            if let number = OperationValues.protocolNumber(of: meaning) { write(number, into: &writer) }
            return
        }
        for operation in meaning.operations {
            if let number = OperationValues.number(of: field, operation) {
                write(number, into: &writer)
            } else if field == .operationType, operation.word.isEmpty {
                writer.write(name: "\(operation.type)")
            } else if OperationValues.hasText(field, operation) {
                writer.write(text: meaning.bytes(of: OperationValues.text(of: field, operation)))
            }
        }
    }

    private func write(_ value: JSONValue, in text: Span<UInt8>, into writer: inout some FieldWriter & ~Copyable) {
        let written = text.extracting(value.range)
        guard case .text(let hasEscapes) = value.kind else { return writer.write(json: written) }
        guard hasEscapes else { return writer.write(text: written) }
        var meaning = ByteBuffer()
        JSONText.append(written, to: &meaning)
        writer.write(text: meaning.span)
    }

    private func writeNumbers(
        _ frame: borrowing Frame, _ message: Message?, _ content: Span<UInt8>, _ connection: Connection,
        into writer: inout some FieldWriter & ~Copyable
    ) {
        switch field {
        case .packet:
            writer.write(number: Int128(frame.packets.first))
            for number in frame.packets.rest { writer.write(number: Int128(number)) }
        case .finding: for finding in frame.findings { writer.write(name: finding.rule.rawValue) }
        case .severity: for finding in frame.findings { writer.write(name: "\(finding.rule.severity.name)") }
        case .mask: if frame.header.isMasked { writer.write(name: Self.hexadecimal(frame.header.maskingKey)) }
        case _ where field.entry.level == .connection:
            for number in ConnectionValues.numbers(of: field, connection) { write(number, into: &writer) }
        default:
            if let number = FrameValues.number(of: field, frame, message, content, connection) { write(number, into: &writer) }
        }
    }

    func write(_ number: Int128, into writer: inout some FieldWriter & ~Copyable) {
        switch field.entry.type {
        case .flag: writer.write(flag: number != 0)
        case .duration: writer.write(duration: number)
        case .time: writer.write(time: Timestamp(nanoseconds: Int64(clamping: number)))
        case .name:
            let names = field.valueNames ?? []
            writer.write(name: Int(number) < names.count ? names[Int(number)] : "\(number)")
        default: writer.write(number: number)
        }
    }

    /// As it can be written in an expression.
    private static func hexadecimal(_ key: UInt32) -> String {
        let digits = String(key, radix: 16)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
