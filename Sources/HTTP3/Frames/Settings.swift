import Bytes

/// What one end has announced (RFC 9114 §7.2.4, RFC 9204 §5, RFC 9220 §3).
struct Settings: Equatable {
    /// Bytes that the other end's table of fields may take here.
    var tableCapacity: UInt64 = 0
    var enablesConnect = false

    private enum Identifier {
        static let tableCapacity: UInt64 = 0x1
        static let enableConnectProtocol: UInt64 = 0x8
    }

    init() {}

    /// Reads the payload of SETTINGS; nil if it is not one.
    init?(_ payload: Span<UInt8>) {
        var position = 0
        while position < payload.count {
            guard let identifier = payload.variableInteger(at: position),
                let value = payload.variableInteger(at: position + identifier.byteCount)
            else { return nil }
            position += identifier.byteCount + value.byteCount
            switch identifier.value {
            case Identifier.tableCapacity: tableCapacity = value.value
            case Identifier.enableConnectProtocol: enablesConnect = value.value == 1
            default: break
            }
        }
    }
}
