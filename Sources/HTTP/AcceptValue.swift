import Bytes
import Digests

/// What stands behind the key in the text whose SHA-1 is the accept value (RFC 6455 §1.3).
public let acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

/// The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key (RFC 6455 §4.2.2, item 5.4).
///
/// `key` is taken as written, blanks around it apart; it is not decoded, so every key has an answer.
public func acceptValue(forKey key: String) -> String { Base64.encode(acceptDigest(forKey: key.utf8.span).span) }

/// True if a response has the Sec-WebSocket-Accept that answers the Sec-WebSocket-Key of a request.
public func isAccepted(_ request: RequestHead, by response: ResponseHead) -> Bool {
    guard let key = request.headers.bytes(of: "Sec-WebSocket-Key"), let accept = response.headers.bytes(of: "Sec-WebSocket-Accept")
    else { return false }
    return Base64.isEncoding(accept, of: acceptDigest(forKey: key).span)
}

private func acceptDigest(forKey key: Span<UInt8>) -> InlineArray<20, UInt8> {
    var text = ByteBuffer(capacity: 64)
    text.append(key.trimmingBlanks)
    text.append(string: acceptGUID)
    return SHA1.hash(text.span)
}
