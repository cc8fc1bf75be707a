import Channels

/// What is known of a packet's TCP connection, for whoever writes packets.
public enum FlowStanding: Equatable, Sendable {
    /// The packet belongs to no connection that is followed.
    case none
    /// The packet is a fragment of something that is not whole yet.
    case fragment
    /// It may turn out to be WebSocket. The number distinguishes it from all other connections, also from those on the same ports.
    case undecided(UInt64)
    /// It carries a WebSocket connection, or did, or an attempt at one.
    case webSocket(UInt64)
    /// It is something else.
    case other(UInt64)
}

extension Engine {
    var standing: FlowStanding {
        let index = tracking.flow
        guard index >= 0 else { return tracking.isFragment ? .fragment : .none }
        let serial = flows[index].serial
        if flows.channels(of: index).contains(where: { $0.connection != nil }) { return .webSocket(serial) }
        let isOpaque =
            flows[index].isOfDatagrams
            ? flows[index].channel?.isOpaque ?? true
            : flows[index, .fromLow].reader == .nobody && flows[index, .fromHigh].reader == .nobody
        return flows[index].isOver || isOpaque ? .other(serial) : .undecided(serial)
    }
}
