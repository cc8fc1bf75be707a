import Packets

/// The two ends of a TCP connection, as who opened it sees them.
public struct SocketPair: Hashable, Sendable {
    public var source: Endpoint
    public var destination: Endpoint

    public init(source: Endpoint, destination: Endpoint) {
        self.source = source
        self.destination = destination
    }

    public var reversed: SocketPair { SocketPair(source: destination, destination: source) }
}

/// Which connections belong to certain processes, as tables of sockets showed it while they were open.
public struct SocketOwnership: Sendable {
    private var connections: Set<SocketPair> = []
    private var listeners: Set<Endpoint> = []

    public init() {}

    /// Learns from a table: of its sockets, those with these inodes belong to the processes.
    public mutating func learn(_ sockets: [SocketEntry], owned inodes: Set<UInt64>) {
        for socket in sockets where socket.inode != 0 && inodes.contains(socket.inode) {
            if socket.isListening {
                listeners.insert(socket.local)
            } else if socket.remote.port != 0 {
                connections.insert(SocketPair(source: socket.local, destination: socket.remote))
            }
        }
    }

    /// A new connection begins between these ends: what was known of an earlier one does not count.
    public mutating func forget(_ pair: SocketPair) {
        connections.remove(pair)
        connections.remove(pair.reversed)
    }

    /// Whether a connection belongs to the processes: they opened it, or one of them listens where it goes.
    public func owns(_ pair: SocketPair) -> Bool {
        connections.contains(pair) || connections.contains(pair.reversed) || isListening(at: pair.destination)
    }

    /// Where an IPv6 socket listens on all addresses, it usually takes IPv4 too.
    private func isListening(at end: Endpoint) -> Bool {
        if listeners.isEmpty { return false }
        let everywhere = [IPAddress(v6: 0, 0)] + (end.address.isV4 ? [IPAddress(v4: 0)] : [])
        return listeners.contains(end) || everywhere.contains { listeners.contains(Endpoint(address: $0, port: end.port)) }
    }
}
