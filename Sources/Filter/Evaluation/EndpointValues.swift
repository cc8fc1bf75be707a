import Packets

/// The values of fields about the two ends of a TCP connection, whatever it carries.
enum EndpointValues {
    /// Nil for a field about something else.
    static func values(of field: Field, client: Endpoint, server: Endpoint) -> FieldValues? {
        switch field {
        case .clientAddress: FieldValues(addresses: [client.address])
        case .serverAddress: FieldValues(addresses: [server.address])
        case .address: FieldValues(addresses: [client.address, server.address])
        case .clientPort: FieldValues(numbers: [Int128(client.port)])
        case .serverPort: FieldValues(numbers: [Int128(server.port)])
        case .port: FieldValues(numbers: [Int128(client.port), Int128(server.port)])
        default: nil
        }
    }
}
