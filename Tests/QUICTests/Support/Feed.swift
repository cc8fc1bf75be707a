import Bytes
import Channels
import Synchronization
import TLS

@testable import QUIC

/// Datagrams given to a sorter and the connections that it finds, as an inspection does it.
final class Feed {
    /// One datagram of a capture, or of a test.
    struct Datagram {
        var number: UInt64
        /// In nanoseconds.
        var time: Int64
        var path: UInt64
        var direction: Direction
        var bytes: [UInt8]
    }

    /// What the factory made, in order.
    private final class Recorders: Sendable {
        let all = Mutex<[Held]>([])
    }

    private struct Held: @unchecked Sendable { let recorder: Recorder }

    private let recorders = Recorders()
    let sorter: any DatagramSorter
    private(set) var layers: [UInt64: any DatagramLayer] = [:]
    private(set) var outputs: [UInt64: [LayerOutput.Action]] = [:]
    /// How long it took until packets were acknowledged, in nanoseconds.
    private(set) var acknowledgeTimes: [Int64] = []
    /// Datagrams that belong to no connection.
    private(set) var strayCount = 0
    private var output = LayerOutput()

    init(_ store: KeyStore, limits: QUICLimits = QUICLimits(), protocols: Set<String> = ["h3"]) {
        let recorders = recorders
        let factory = QUICFactory(store, limits: limits, protocols: protocols) { _ in
            let recorder = Recorder()
            recorders.all.withLock { $0.append(Held(recorder: recorder)) }
            return recorder
        }
        sorter = factory.makeSorter()
    }

    static func store(_ keys: [UInt8]) -> KeyStore {
        let store = KeyStore()
        let log = KeyLogReader(into: store, source: store.addSource("keys.txt"))
        log.take(keys.span)
        log.finish()
        return store
    }

    /// Those of the connections in the order in which they began.
    var recorded: [Recorder] { recorders.all.withLock { all in all.map { $0.recorder } } }
    var connections: [QUICConnection] { layers.sorted { $0.key < $1.key }.compactMap { $0.value as? QUICConnection } }

    @discardableResult
    func take(_ datagram: Datagram) -> UInt64? {
        guard let owner = sorter.sort(datagram.bytes.span, onPath: datagram.path, from: datagram.direction) else {
            strayCount += 1
            return nil
        }
        layers[owner.connection] = sorter.found
        let mark = PacketMark(number: datagram.number, time: Timestamp(nanoseconds: datagram.time))
        _ = sorter.take(datagram.bytes.span, from: owner.direction, at: mark, into: &output)
        note(owner.connection)
        return owner.connection
    }

    func take(_ datagrams: some Sequence<Datagram>) { for datagram in datagrams { take(datagram) } }

    func resume() {
        for (number, layer) in layers {
            layer.resume(into: &output)
            note(number)
        }
    }

    func finish() {
        for (number, layer) in layers.sorted(by: { $0.key < $1.key }) {
            layer.finish(into: &output)
            note(number)
        }
    }

    private func note(_ connection: UInt64) {
        outputs[connection, default: []] += output.actions
        acknowledgeTimes += output.acknowledgements.map(\.time)
        output.removeAll()
    }
}
