import Bytes
import Channels
import HTTP
import Text

/// A request of which only the first lines were captured, as by a capture that keeps the first bytes of each packet alone.
///
/// It counts as an opening handshake if its answer begins as one that grants an upgrade does, or if frames follow right after it.
struct CutRequest {
    let handshake: Handshake
    /// Stream offset after what was not captured.
    let end: UInt64
    /// A packet was cut off, which hardly anything of the request follows. Otherwise some of it may, or a part of a frame.
    let isOfCutPacket: Bool
    /// Its answer, which need not be there whole, has status 101.
    var isGranted = false
}

extension Engine {
    /// Keeps the lines of a head that a gap cuts off.
    mutating func keepCutHead(_ gap: Gap, _ loss: Loss, _ http: HTTPSession, on channel: Channel, _ direction: Direction) {
        let bytes = channel[direction].stream.pendingBytes
        if case .response = http[direction], bytes.span.matches("HTTP/1.1 101 ") {
            http.cutRequest?.isGranted = true
            return
        }
        // What is missing may be other requests and their answers.
        if http.cutRequest?.isGranted == false { http.cutRequest = nil }
        guard case .request = http[direction], let byteCount = gap.byteCount, bytes.count <= Self.cutHeadLimit else { return }
        let offset = channel[direction].stream.offset
        let end = offset &+ UInt64(bytes.count)
        guard let head = cutHead(bytes), head.method == "GET" else { return }
        let handshake = Handshake(
            time: channel[direction].stream.provenance.mark(at: offset).time, fractionDigits: flows[channel.flow].fractionDigits,
            request: head)
        handshake.isPartial = true
        handshake.inferred = ["Of the request, only the first \(bytes.count) bytes were captured."]
        channel[direction].stream.provenance.forEachOrigin(of: offset..<end) {
            handshake.packets.add($0, limit: settings.limits.packetsPerFrame)
        }
        http.cutRequest = CutRequest(handshake: handshake, end: end &+ byteCount, isOfCutPacket: loss == .cutOff)
    }

    /// Bytes of a request that are kept so.
    private static let cutHeadLimit = 2_048

    /// A head of the lines that are there whole.
    private func cutHead(_ bytes: [UInt8]) -> RequestHead? {
        var count = bytes.count
        while count > 0, bytes[count - 1] != UInt8(ascii: "\n") { count -= 1 }
        var lines = ByteBuffer()
        lines.append(bytes.span.extracting(0..<count))
        lines.append("\r\n")
        var decoder = RequestHeadDecoder(limits: settings.limits.head)
        guard case .head(let head) = decoder.take(lines.span) else { return nil }
        return head
    }
}
