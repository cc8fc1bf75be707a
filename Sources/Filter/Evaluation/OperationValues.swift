import Bytes
import Subprotocols

/// The values of fields about what a message means.
enum OperationValues {
    /// Whether it is so of one of the operations.
    static func holds(_ test: Test, _ meaning: borrowing Meaning, _ matcher: inout PatternMatcher) -> Bool {
        let field = test.reference.field
        if field == .protocol { return holds(test.check, protocolNumber(of: meaning)) }
        for operation in meaning.operations {
            switch test.check {
            case .text(let check):
                guard hasText(field, operation) else { continue }
                if field == .operationType, operation.word.isEmpty {
                    if check.holds(for: Array("\(operation.type)".utf8).span, &matcher) { return true }
                } else if check.holds(for: meaning.bytes(of: text(of: field, operation)), &matcher) {
                    return true
                }
            case .isPresent: if hasText(field, operation) || number(of: field, operation) != nil { return true }
            default: if holds(test.check, number(of: field, operation)) { return true }
            }
        }
        return false
    }

    static func holds(_ check: Check, _ isSet: Bool) -> Bool { holds(check, isSet ? 1 : 0) }

    private static func holds(_ check: Check, _ number: Int128?) -> Bool {
        guard let number else { return false }
        switch check {
        case .isSet: return number == 1
        case .isPresent: return true
        case .isWithin(let ranges): return ranges.contains { $0.contains(number) }
        default: return false
        }
    }

    /// Those of a request that nothing answered.
    static func values(of field: Field, _ request: Unanswered, _ name: StaticString) -> FieldValues {
        switch field {
        case .protocol: FieldValues(numbers: protocolNumber(named: name).map { [$0] } ?? [])
        case .operationType:
            FieldValues(texts: [request.word.isEmpty ? "\(request.type)" : String(decoding: request.word, as: UTF8.self)])
        case .operationName: FieldValues(texts: request.name.isEmpty ? [] : [String(decoding: request.name, as: UTF8.self)])
        case .operationID: FieldValues(texts: request.id.isEmpty ? [] : [String(decoding: request.id, as: UTF8.self)])
        case .operationRole: FieldValues(numbers: [Int128(request.role.rawValue)])
        default: FieldValues()
        }
    }

    // MARK: Values

    /// The place in the names that the field's values have.
    static func protocolNumber(of meaning: borrowing Meaning) -> Int128? { protocolNumber(named: meaning.name) }

    private static func protocolNumber(named name: StaticString) -> Int128? {
        FieldNames.protocols.firstIndex(of: "\(name)").map { Int128($0) }
    }

    static func number(of field: Field, _ operation: Operation) -> Int128? {
        switch field {
        case .operationRole: Int128(operation.role.rawValue)
        case .operationStatus: operation.status.map { Int128($0.rawValue) }
        case .operationLatency: operation.latency.map { Int128($0) }
        default: nil
        }
    }

    static func hasText(_ field: Field, _ operation: Operation) -> Bool {
        field == .operationType || !text(of: field, operation).isEmpty
    }

    /// Of a type, only where applications choose the word.
    static func text(of field: Field, _ operation: Operation) -> Operation.Text {
        switch field {
        case .operationType: operation.word
        case .operationName: operation.name
        case .operationID: operation.id
        default: Operation.Text()
        }
    }
}
