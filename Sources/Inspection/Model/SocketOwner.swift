import Packets

/// The process that has an end of a connection open, on the machine that captures.
public struct SocketOwner: Sendable, Equatable {
    /// The number of the process.
    public let process: Int32
    /// The name that it gives itself, of 15 bytes at most.
    public let name: String
    /// The beginning of its command line; nil where that is not known, or not for the reader.
    public var command: String?

    public init(process: Int32, name: String, command: String?) {
        self.process = process
        self.name = name
        self.command = command
    }
}

/// The processes at both ends of a connection, as far as they are known.
public struct SocketOwners: Sendable, Equatable {
    public var client: SocketOwner?
    public var server: SocketOwner?

    /// Nil where neither is known.
    public init?(client: SocketOwner?, server: SocketOwner?) {
        if client == nil, server == nil { return nil }
        self.client = client
        self.server = server
    }

    /// The same for a reader who may not see what was written in command lines.
    var withoutCommands: SocketOwners {
        var rest = self
        rest.client?.command = nil
        rest.server?.command = nil
        return rest
    }

    /// `client node (4711), server nginx (812)`.
    public var words: String {
        let ends = [client.map { "client \($0.name) (\($0.process))" }, server.map { "server \($0.name) (\($0.process))" }]
        return ends.compactMap { $0 }.joined(separator: ", ")
    }
}

/// Says which processes have the ends of a connection open: those of its client and of its server.
public typealias SocketOwnerLookup = @Sendable (_ client: Endpoint, _ server: Endpoint) -> SocketOwners?
