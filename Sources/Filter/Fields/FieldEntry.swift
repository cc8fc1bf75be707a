/// A row of the table of fields: `wsray fields` and `Docs/Filter.md` print from it, and the parser checks against it.
public struct FieldEntry: Sendable {
    public var type: FieldType
    public var level: FieldLevel
    /// What the field is, without a full stop.
    public var summary: StaticString
    /// An expression that uses it.
    public var example: StaticString
    /// Other names for the same, Wireshark's among them.
    public var synonyms: [String] = []

    static func of(_ field: Field) -> FieldEntry {
        header(field) ?? message(field) ?? operation(field) ?? connection(field) ?? security(field) ?? handshake(field) ?? ending(field)
            ?? finding(field)
    }

    init(_ type: FieldType, _ level: FieldLevel, _ summary: StaticString, _ example: StaticString, _ synonyms: [String] = []) {
        self.type = type
        self.level = level
        self.summary = summary
        self.example = example
        self.synonyms = synonyms
    }

    /// Whether an ordering has any meaning.
    var isOrdered: Bool { type != .flag && type != .address && type != .bytes }
}

extension Field {
    /// Several values may be there at once; a comparison holds when it does for one of them.
    public var isMultiple: Bool {
        switch self {
        case .packet, .address, .port, .requestHeader, .responseHeader, .extension, .finding, .severity: true
        case .operationType, .operationName, .operationID, .operationRole, .operationStatus, .operationLatency: true
        default: false
        }
    }

    /// The names that values of this field have, the number of each being its place; nil for other types.
    public var valueNames: [String]? {
        switch self {
        case .opcode, .messageOpcode: FieldNames.opcodes
        case .from, .verdictBy, .verdictSilent: FieldNames.sides
        case .verdictHow: FieldNames.manners
        case .verdictCause: FieldNames.causes
        case .status: FieldNames.statuses
        case .severity: FieldNames.severities
        case .protocol: FieldNames.protocols
        case .operationRole: FieldNames.roles
        case .operationStatus: FieldNames.operationStatuses
        case .finding: FieldNames.rules
        default: nil
        }
    }
}
