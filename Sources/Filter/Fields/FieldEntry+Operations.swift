// Fields of what messages mean: members of `operations` in the JSON Lines.
extension FieldEntry {
    static func operation(_ field: Field) -> FieldEntry? {
        switch field {
        case .protocol:
            FieldEntry(.name, .operation, "protocol of a message that has operations", "protocol == json-rpc")
        case .operationType:
            FieldEntry(.text, .operation, "the protocol's own word for what the message does", "op.type == \"subscribe\"")
        case .operationName:
            FieldEntry(
                .text, .operation, "what is called, subscribed to or told; of an answer, the request's", "op.name ~ /^orders\\./")
        case .operationID:
            FieldEntry(.text, .operation, "id that a request and its answers share", "op.id == \"4\"")
        case .operationRole:
            FieldEntry(.name, .operation, "part that the operation plays", "op.role in (request, response)")
        case .operationStatus:
            FieldEntry(.name, .operation, "how a request was answered: ok or error", "op.status == error")
        case .operationLatency:
            FieldEntry(.duration, .operation, "time from a request to this answer", "op.latency > 200ms")
        case .unanswered:
            FieldEntry(
                .flag, .operation, "the message has a request that nothing answered; for --where only, it has no column",
                "op.unanswered and protocol == mqtt")
        default: nil
        }
    }
}
