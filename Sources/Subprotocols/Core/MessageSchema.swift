import BinaryValues

/// What messages of protobuf are, by the names that their schema gives them.
public struct MessageSchema: Sendable {
    let schema: ProtobufSchema
    /// The places of what either side sends.
    let client: Int
    let server: Int

    /// Nil where the schema has no message of one of these names.
    /// - Parameters:
    ///   - client: the full name of what the client sends.
    ///   - server: of what the server sends.
    public init?(_ schema: ProtobufSchema, client: String, server: String) {
        guard let client = schema.message(named: client), let server = schema.message(named: server) else { return nil }
        self.schema = schema
        self.client = client
        self.server = server
    }
}
