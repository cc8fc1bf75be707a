import Bytes
import Channels
import Verdicts

/// A layer on a channel, and the channels that it carries.
final class CarrierSession {
    let layer: any Layer
    let transport: String
    /// The packet that brought its first bytes.
    let begun: PacketMark
    var output = LayerOutput()
    /// How far the streams may be read while what waited is taken in the order of its packets; nil if that is not going on.
    var replayed: Pair<UInt64>?
    /// How TCP ended, while the layer waits for what may still open it.
    var deferredEnd: TransportEnd?
    /// In the order in which they were first heard of; nil where one has ended.
    private var slots: [Channel?] = []
    private var indices: [UInt64?: Int] = [:]
    /// The stream that was asked for last: the next bytes are often its own.
    private var latest: Channel?
    /// The highest number of a stream that is not followed, since there were too many.
    private var highestOmitted: UInt64?

    init(_ layer: any Layer, transport: String, begun: PacketMark) {
        self.layer = layer
        self.transport = transport
        self.begun = begun
    }

    /// In the order in which they were first heard of.
    var children: [Channel] { slots.compactMap { $0 } }
    var childCount: Int { indices.count }

    func child(_ stream: UInt64?) -> Channel? {
        if let latest, latest.id.stream == stream { return latest }
        guard let index = indices[stream] else { return nil }
        latest = slots[index]
        return latest
    }

    func add(_ child: Channel) {
        indices[child.id.stream] = slots.count
        slots.append(child)
    }

    /// Forgets a stream that has ended.
    func remove(_ child: Channel) {
        guard let index = indices.removeValue(forKey: child.id.stream) else { return }
        slots[index] = nil
        if latest === child { latest = nil }
        guard slots.count > 64, indices.count * 2 < slots.count else { return }
        slots.removeAll { $0 == nil }
        for (index, child) in slots.enumerated() { if let child { indices[child.id.stream] = index } }
    }

    /// Notes that a stream is not followed; true for one that was not noted before. Numbers of streams grow.
    func omit(_ stream: UInt64?) -> Bool {
        let stream = stream ?? 0
        if let highestOmitted, stream <= highestOmitted { return false }
        highestOmitted = stream
        return true
    }
}

extension Channel {
    /// The channels that this one carries, each before those that it carries itself.
    var descendants: [Channel] {
        guard case .carrier(let session) = session else { return [] }
        return session.children.flatMap { [$0] + $0.descendants }
    }

    /// The direction of which the layer below can read nothing.
    var unread: Direction? {
        guard case .carrier(let session)? = parent?.session else { return nil }
        return session.layer.facts.unread
    }

    /// Layers below this channel.
    var depth: Int { parent.map { $0.depth + 1 } ?? 0 }
}
