import Channels

/// QUIC connections as they are read, for whoever asks what they turned out to be.
///
/// For use by the one thread that reads the packets.
final class DatagramObserver<Context: Sendable>: @unchecked Sendable {
    struct Connection {
        var layer: any DatagramLayer
        /// What `DatagramObserver.context` was when its first datagram came.
        var context: Context
        /// In which direction that was.
        var first: Direction
    }

    private(set) var connections: [Connection] = []
    private var known: Set<UInt64> = []
    /// What is being read, to be set by whoever reads.
    var context: Context

    init(_ context: Context) { self.context = context }

    fileprivate func note(_ owner: DatagramOwner, _ layer: @autoclosure () -> (any DatagramLayer)?) {
        guard known.insert(owner.connection).inserted, let layer = layer() else { return }
        connections.append(Connection(layer: layer, context: context, first: owner.direction))
    }
}

/// Datagrams that an observer looks at.
struct ObservedDatagrams<Context: Sendable>: DatagramFactory {
    let inner: any DatagramFactory
    let observer: DatagramObserver<Context>

    var transport: String { inner.transport }
    func makeSorter() -> any DatagramSorter { ObservedSorter(inner: inner.makeSorter(), observer: observer) }
}

private final class ObservedSorter<Context: Sendable>: DatagramSorter {
    private let inner: any DatagramSorter
    private let observer: DatagramObserver<Context>

    init(inner: any DatagramSorter, observer: DatagramObserver<Context>) {
        self.inner = inner
        self.observer = observer
    }

    func sort(_ datagram: Span<UInt8>, onPath path: UInt64, from direction: Direction) -> DatagramOwner? {
        let owner = inner.sort(datagram, onPath: path, from: direction)
        if let owner { observer.note(owner, inner.found) }
        return owner
    }

    var found: (any DatagramLayer)? { inner.found }

    func take(_ datagram: Span<UInt8>, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput) -> DatagramState {
        inner.take(datagram, from: direction, at: mark, into: &output)
    }

    func note(_ row: DatagramRow) { inner.note(row) }

    func forget(_ connection: UInt64) { inner.forget(connection) }
}
