import Channels
import Streams

// What streams cost and wait for that share a TCP connection, where traffic is measured.
extension Engine {
    /// Notes that a layer with several streams has begun.
    ///
    /// - Parameter waitingByteCount: bytes of the channel that belong to the layer, of those that came.
    mutating func beginFraming(_ session: CarrierSession, on channel: Channel, _ direction: Direction, _ waitingByteCount: Int) {
        guard session.layer.framing(of: direction) != nil else { return }
        flows[channel.flow].traffic?.isShared = true
        guard channel.isCarried, flows[channel.flow].hasSYN else { return }
        let own = channel[direction].flowEnd
        session.bytesBefore =
            own - min(own, UInt64(waitingByteCount)) + flows[channel.flow, direction.opposite].reassembler.offset
    }

    /// Reports a layer with several streams that has ended.
    mutating func reportFraming(_ session: CarrierSession, on channel: Channel) {
        guard let low = session.layer.framing(of: .fromLow), let high = session.layer.framing(of: .fromHigh) else { return }
        let client = channel.client ?? session.layer.facts.client ?? flows[channel.flow].likelyClient
        tape.append(
            .shared(
                SharedFlow(
                    flow: channel.carrier.flow, transport: session.transport, connectionCount: session.connectionCount,
                    client: client == .fromLow ? low : high,
                    server: client == .fromLow ? high : low, traffic: flows[channel.flow].traffic?.handOver(client: client),
                    handshakeByteCount: session.bytesBefore, clientDatagrams: session.ofDatagrams?.traffic(of: client),
                    serverDatagrams: session.ofDatagrams?.traffic(of: client.opposite))))
    }
}
