import WebSocket

extension Program {
    /// Whether the answer to a question depends on content that is not there.
    /// - Parameter byteCount: bytes of the content that are there.
    func isOpen(_ question: Question, _ opcode: Opcode, isEnding: Bool, _ byteCount: Int) -> Bool {
        switch question {
        case .connection, .operation: false
        case .within(let field, _): Self.isOpen(field, opcode, isEnding: isEnding, byteCount)
        case .test(let index):
            if case .isPresent = tests[index].check, [.text, .bytes].contains(tests[index].reference.field) {
                false
            } else {
                Self.isOpen(tests[index].reference.field, opcode, isEnding: isEnding, byteCount)
            }
        }
    }

    private static func isOpen(_ field: Field, _ opcode: Opcode, isEnding: Bool, _ byteCount: Int) -> Bool {
        guard isEnding else { return false }
        return switch field {
        case .text: opcode == .text
        case .bytes: true
        case .json: !opcode.isControl
        case .closeCode: opcode == .close && byteCount < 2
        case .closeReason: opcode == .close
        default: false
        }
    }
}
