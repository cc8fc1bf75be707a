extension Operation {
    /// A heartbeat that answers another, by its type: whether there is one or not.
    public var isPong: Bool { role == .heartbeat && Self.pongs.contains("\(type)") }

    private static let pongs: Set<String> = ["pong", "pusher:pong", "Heartbeat ACK", "PINGRESP", "a"]
}
