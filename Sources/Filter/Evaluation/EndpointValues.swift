import Packets

/// The values of fields about the two ends of a TCP connection, whatever it carries.
enum EndpointValues {
    /// Nil for a field about something else.
    static func values(of field: Field, client: Endpoint, server: Endpoint) -> FieldValues? {
        switch field {
        case .clientAddress: addresses(client)
        case .serverAddress: addresses(server)
        case .address: addresses(client, server)
        case .clientPort: ports(client)
        case .serverPort: ports(server)
        case .port: ports(client, server)
        default: nil
        }
    }

    // An end of a recorded connection may not be known.
    private static func addresses(_ ends: Endpoint...) -> FieldValues {
        FieldValues(addresses: ends.filter(\.isKnown).map(\.address))
    }

    private static func ports(_ ends: Endpoint...) -> FieldValues { FieldValues(numbers: ends.filter(\.isKnown).map { Int128($0.port) }) }
}
