import Channels
import HTTP
import Inspection
import Packets

/// The values of fields about connections. Asked once per connection, so they may allocate.
enum ConnectionValues {
    static func numbers(of field: Field, _ connection: Connection) -> [Int128] {
        switch field {
        case .connection: [Int128(connection.number)]
        case .status: [Int128(FieldNames.number(of: connection.status))]
        case .responseStatus: connection.response.map { [Int128($0.status)] } ?? []
        case .upgradeTime: connection.upgradeNanoseconds.map { [Int128($0)] } ?? []
        case .deflate: [connection.deflate == nil ? 0 : 1]
        case .inferred: [connection.inferred.isEmpty ? 0 : 1]
        case .encrypted: [0]
        case .stream: connection.carrier.stream.map { [Int128($0)] } ?? []
        case .tcp: connection.isRecorded ? [] : [Int128(connection.carrier.flow)]
        case .tunnelID: connection.carrier.path.compactMap { $0.id.map { Int128($0) } }
        case .tlsResumed: [connection.carrier.security?.isResumed == true ? 1 : 0]
        default: EndpointValues.values(of: field, client: connection.client, server: connection.server)?.numbers ?? []
        }
    }

    static func addresses(of field: Field, _ connection: Connection) -> [IPAddress] {
        EndpointValues.values(of: field, client: connection.client, server: connection.server)?.addresses ?? []
    }

    static func texts(of reference: FieldReference, _ connection: Connection) -> [String] {
        switch reference.field {
        case .url: present(connection.url)
        case .host: present(connection.request?.headers.value(of: "Host"))
        case .path: present(connection.request?.target)
        case .requestMethod: present(connection.request?.method)
        case .requestHeader: connection.request?.headers.values(of: reference.headerName ?? "") ?? []
        case .responseHeader: connection.response?.headers.values(of: reference.headerName ?? "") ?? []
        case .subprotocol: present(connection.subprotocol)
        case .extension: connection.extensions.map(\.name)
        case .transport: connection.isRecorded ? [] : [connection.carrier.transport]
        case .tunnel: connection.carrier.path.map { "\($0.kind.word)" }
        default: connection.carrier.security.map { texts(of: reference.field, $0) } ?? []
        }
    }

    static func texts(of field: Field, _ security: Security) -> [String] {
        switch field {
        case .tlsSNI: present(security.serverName)
        case .tlsVersion: present(security.version)
        case .tlsCipher: present(security.cipher)
        case .tlsALPN: present(security.applicationProtocol)
        default: []
        }
    }

    private static func present(_ text: String?) -> [String] { text.map { [$0] } ?? [] }

    static func values(of reference: FieldReference, _ connection: Connection) -> FieldValues {
        FieldValues(
            numbers: numbers(of: reference.field, connection), addresses: addresses(of: reference.field, connection),
            texts: texts(of: reference, connection))
    }
}
