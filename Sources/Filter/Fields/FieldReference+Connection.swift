import Bytes
import Inspection
import Verdicts

// Fields of whole connections, for rows that are written when a connection has ended.
extension FieldReference {
    /// Fields of connections named one after another: `connection,url,verdict.how`.
    public static func listOfConnections(_ text: String) throws(ConditionError) -> [FieldReference] {
        try Parser.parseList(text) { field throws(ConditionError) in
            guard field.field.entry.level.isAboutConnections || field.field.isOfHandshakeToo else {
                throw ConditionError(
                    field.range,
                    "\(field.written) is about \(field.field.entry.level.indefiniteName), and there is a row for each connection: "
                        + "wsray dump --fields has one for each frame.")
            }
        }
    }

    /// Every field that each connection has one value of, in the order of the table of fields.
    public static let allOfConnections: [FieldReference] = Field.allCases.filter(\.isColumnOfConnections).map {
        FieldReference($0, written: $0.rawValue, at: 0..<0)
    }

    /// Hands the values of the field to `writer`; nothing where it has none.
    /// - Parameter verdict: of that end, without its sentence if nobody asks for that.
    public func write(_ end: ConnectionEnd, _ verdict: Verdict, into writer: inout some FieldWriter & ~Copyable) {
        let connection = end.connection
        switch field {
        case .time: return writer.write(time: connection.time)
        case .endTime: return writer.write(time: verdict.time)
        case .packet:
            if connection.packets.first > 0 { writer.write(number: Int128(connection.packets.first)) }
            for number in connection.packets.rest { writer.write(number: Int128(number)) }
            return
        default: break
        }
        let values =
            field.entry.level == .ending
            ? EndingValues.values(of: field, Ending(verdict, client: end.client, server: end.server), of: connection)
            : ConnectionValues.values(of: self, connection)
        for number in values.numbers { write(number, into: &writer) }
        for address in values.addresses { writer.write(address: address) }
        for text in values.texts { writer.write(text: Array(text.utf8).span) }
    }
}

extension Field {
    /// A frame's field that a connection has as well: when it began and ended, and the packets of its handshake.
    fileprivate var isOfHandshakeToo: Bool { self == .time || self == .endTime || self == .packet }

    fileprivate var isColumnOfConnections: Bool {
        switch self {
        // Both sides have columns of their own; header fields have to be named; what is encrypted has no row.
        case .address, .port, .requestHeader, .responseHeader, .encrypted: false
        default: entry.level.isAboutConnections || self == .time || self == .endTime
        }
    }
}
