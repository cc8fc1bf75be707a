import Inspection

/// The values of fields about an HTTP exchange, which belongs to no WebSocket connection.
enum ExchangeValues {
    /// Nil for what an exchange has nothing of, and of which nothing is certain therefore.
    static func values(of field: Field, _ exchange: Exchange) -> FieldValues? {
        switch field {
        case .responseStatus: FieldValues(numbers: exchange.status.map { [Int128($0)] } ?? [])
        case .requestMethod: FieldValues(texts: [exchange.method])
        case .path: FieldValues(texts: [exchange.target])
        case .host: FieldValues(texts: exchange.host.map { [$0] } ?? [])
        case .url: FieldValues(texts: exchange.url.map { [$0] } ?? [])
        default: EndpointValues.values(of: field, client: exchange.client, server: exchange.server)
        }
    }
}
