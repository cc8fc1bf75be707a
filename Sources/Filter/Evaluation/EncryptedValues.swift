import Channels
import Inspection

/// The values of fields about a connection that could not be read.
enum EncryptedValues {
    /// Nil for what nobody can know of it.
    static func values(of field: Field, _ connection: EncryptedConnection) -> FieldValues? {
        switch field {
        case .encrypted: FieldValues(numbers: [1])
        case .transport: FieldValues(texts: [connection.transport])
        case .stream: FieldValues()
        case .tcp: FieldValues(numbers: [Int128(connection.flow)])
        case .tlsResumed: FieldValues(numbers: [connection.security.isResumed ? 1 : 0])
        case .tlsSNI, .tlsVersion, .tlsCipher, .tlsALPN: FieldValues(texts: ConnectionValues.texts(of: field, connection.security))
        default: EndpointValues.values(of: field, client: connection.client, server: connection.server)
        }
    }
}
