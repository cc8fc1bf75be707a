import Bytes
import Channels
import HTTP
import WebSocket

// What is said where Engine.IO polls, which only whoever decodes it needs (`Inspector.Options.reportsPolling`).
extension Engine {
    /// Keeps the body that follows a head, if packets of Engine.IO come in it.
    mutating func beginPolled(_ exchange: OpenExchange, _ headers: Headers, ofRequest: Bool) {
        guard exchange.isPolling, (exchange.exchange.method == "POST") == ofRequest, ofRequest || exchange.exchange.method == "GET" else {
            return
        }
        let limit = min(settings.limits.polledByteCount, max(Memory.freeByteCount, memoryLeft))
        exchange.polled = PolledContent(ofRequest: ofRequest, codings: headers.contentCodings, limit: limit)
    }

    /// Notes that bytes of a body were taken.
    mutating func notePolled(_ polled: PolledContent, _ range: Range<UInt64>, on channel: Channel, _ direction: Direction) {
        memory.waitingByteCount += polled.keptByteCount - polled.countedByteCount
        polled.countedByteCount = polled.keptByteCount
        guard !range.isEmpty else { return }
        let first = channel[direction].stream.provenance.mark(at: range.lowerBound).time
        polled.note(first, channel[direction].stream.provenance.lastMark(at: range.upperBound - 1).time)
    }

    /// Reports the body that comes in a direction, if packets of Engine.IO come in it.
    /// - Parameter isOver: it ended, and did not break off.
    mutating func endPolled(_ exchange: OpenExchange, ofRequest: Bool, isOver: Bool) {
        guard let polled = exchange.polled, polled.isOfRequest == ofRequest else { return }
        exchange.polled = nil
        memory.waitingByteCount -= polled.countedByteCount
        guard let times = polled.times else { return }
        let (content, isWhole) = polled.content(isOver: isOver)
        let about = exchange.exchange
        let body = PolledBody(
            client: about.client, server: about.server, target: about.target, host: about.host, from: ofRequest ? .client : .server,
            requestTime: about.time, time: times.first, endTime: times.last, content: content, isWhole: isWhole)
        tape.append(.polled(body), contentByteCount: content.count)
    }
}
