import Bytes
import Channels
import HTTP
import Verdicts
import WebSocket

/// HTTP where a frame should begin: the answer of a proxy that gave up, or the next request on a socket that was upgraded.
///
/// No frame begins like that. `HTTP/1.` would be a fragmented Close with RSV1 set, and the name of a method an unmasked frame of a
/// client, with RSV1 set as well: both are forbidden whatever extension was agreed on. Only whole start lines count.
final class StrayHTTP {
    /// The packet of its first byte.
    let mark: PacketMark
    private var decoder: Decoder
    /// What is known of it; nil while its head is being read.
    private(set) var message: EndFacts.StrayHTTP?

    private enum Decoder {
        case request(RequestHeadDecoder)
        case response(ResponseHeadDecoder)
    }

    init(from side: Side, _ mark: PacketMark, _ limits: HeadLimits) {
        self.mark = mark
        decoder = side == .client ? .request(RequestHeadDecoder(limits: limits)) : .response(ResponseHeadDecoder(limits: limits))
    }

    /// Whether bytes at the beginning of a frame are HTTP instead.
    @inline(never)
    static func look(at bytes: Span<UInt8>, from side: Side) -> Sniff.Verdict {
        side == .client ? Sniff.isRequestLine(bytes) : Sniff.isStatusLine(bytes)
    }

    /// Reads the head, which begins `bytes`; true once all is known that will be.
    /// - Parameter isLast: nothing more of it will come.
    func take(_ bytes: Span<UInt8>, isLast: Bool = false) -> Bool {
        guard message == nil else { return true }
        switch decoder {
        case .request(var decoder):
            let outcome = decoder.take(bytes)
            self.decoder = .request(decoder)
            switch outcome {
            case .needsMore where !isLast: return false
            case .head(let head): message = EndFacts.StrayHTTP("\(head.method) request", head.line, mark)
            case .needsMore, .malformed: message = EndFacts.StrayHTTP("request", bytes.startLine, mark)
            }
        case .response(var decoder):
            let outcome = decoder.take(bytes)
            self.decoder = .response(decoder)
            switch outcome {
            case .needsMore where !isLast: return false
            case .head(let head):
                message = EndFacts.StrayHTTP("\(head.status)\(head.reason.isEmpty ? "" : " \(head.reason)")", head.line, mark)
                message?.answerer = head.headers.answerer
            case .needsMore, .malformed: message = EndFacts.StrayHTTP("response", bytes.startLine, mark)
            }
        }
        return true
    }
}

extension RequestHead {
    fileprivate var line: String { "\(method) \(target.prefix(200)) \(version)" }
}

extension ResponseHead {
    fileprivate var line: String { "\(version) \(status)\(reason.isEmpty ? "" : " \(reason.prefix(200))")" }
}

extension Headers {
    /// The fields that name who sent a response: `Server: nginx/1.22.1`.
    var answerer: String? {
        guard contains("Server") || contains("Via") else { return nil }
        let named = ["Server", "Via"].compactMap { name in value(of: name).map { "\(name): \($0.prefix(100))" } }
        return named.isEmpty ? nil : named.joined(separator: ", ")
    }
}

extension Span where Element == UInt8 {
    /// The first line as far as a person wants to read it.
    var startLine: String {
        var end = 0
        while end < Swift.min(count, 200), self[end] != 0x0D, self[end] != 0x0A { end += 1 }
        return String(decoding: extracting(0..<end).copied(), as: UTF8.self)
    }
}
