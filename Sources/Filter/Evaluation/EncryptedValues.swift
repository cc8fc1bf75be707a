import Channels
import Inspection
import Packets

/// The values of fields about a connection that could not be read.
enum EncryptedValues {
    /// Nil for what nobody can know of it.
    static func values(of field: Field, _ connection: EncryptedConnection) -> FieldValues? {
        switch field {
        case .clientAddress: FieldValues(addresses: [connection.client.address])
        case .serverAddress: FieldValues(addresses: [connection.server.address])
        case .address: FieldValues(addresses: [connection.client.address, connection.server.address])
        case .clientPort: FieldValues(numbers: [Int128(connection.client.port)])
        case .serverPort: FieldValues(numbers: [Int128(connection.server.port)])
        case .port: FieldValues(numbers: [Int128(connection.client.port), Int128(connection.server.port)])
        case .encrypted: FieldValues(numbers: [1])
        case .transport: FieldValues(texts: ["tls"])
        case .tlsResumed: FieldValues(numbers: [connection.security.isResumed ? 1 : 0])
        case .tlsSNI, .tlsVersion, .tlsCipher, .tlsALPN: FieldValues(texts: ConnectionValues.texts(of: field, connection.security))
        default: nil
        }
    }
}
