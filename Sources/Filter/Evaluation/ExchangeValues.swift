import Inspection
import Packets

/// The values of fields about an HTTP exchange, which belongs to no WebSocket connection.
enum ExchangeValues {
    /// Nil for what an exchange has nothing of, and of which nothing is certain therefore.
    static func values(of field: Field, _ exchange: Exchange) -> FieldValues? {
        switch field {
        case .clientAddress: FieldValues(addresses: [exchange.client.address])
        case .serverAddress: FieldValues(addresses: [exchange.server.address])
        case .address: FieldValues(addresses: [exchange.client.address, exchange.server.address])
        case .clientPort: FieldValues(numbers: [Int128(exchange.client.port)])
        case .serverPort: FieldValues(numbers: [Int128(exchange.server.port)])
        case .port: FieldValues(numbers: [Int128(exchange.client.port), Int128(exchange.server.port)])
        case .responseStatus: FieldValues(numbers: exchange.status.map { [Int128($0)] } ?? [])
        case .requestMethod: FieldValues(texts: [exchange.method])
        case .path: FieldValues(texts: [exchange.target])
        case .host: FieldValues(texts: exchange.host.map { [$0] } ?? [])
        case .url: FieldValues(texts: exchange.url.map { [$0] } ?? [])
        default: nil
        }
    }
}
