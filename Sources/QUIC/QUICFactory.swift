import Channels
import TLS

/// Recognises QUIC by the first packet of a client, and reads it with the secrets of a store.
public struct QUICFactory: DatagramFactory {
    private let settings: QUICSettings
    public let transport: String

    /// - Parameters:
    ///   - transport: the name of a channel on it.
    ///   - protocols: the application protocols (ALPN) that its streams speak; connections of others are not read.
    ///   - makeStreams: makes what reads the streams of one connection, of which the client is known.
    public init(
        _ store: KeyStore, limits: QUICLimits = QUICLimits(), transport: String = "h3", protocols: Set<String> = ["h3"],
        makeStreams: @escaping @Sendable (_ client: Direction) -> any StreamLayer
    ) {
        settings = QUICSettings(store: store, limits: limits, protocols: protocols, makeStreams: makeStreams)
        self.transport = transport
    }

    public func makeSorter() -> any DatagramSorter { QUICConnections(settings) }
}

/// What all connections have in common.
struct QUICSettings: Sendable {
    var store: KeyStore
    var limits = QUICLimits()
    var protocols: Set<String>
    var makeStreams: @Sendable (Direction) -> any StreamLayer
}
