import Digests

/// What stands behind the key in the text whose SHA-1 is the accept value (RFC 6455 §1.3).
public let acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

/// The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key (RFC 6455 §4.2.2, item 5.4).
///
/// `key` is taken as written, blanks around it apart; it is not decoded, so every key has an answer.
public func acceptValue(forKey key: String) -> String {
    let written = key.utf8.span.trimmingBlanks
    var bytes: [UInt8] = []
    bytes.reserveCapacity(written.count + acceptGUID.utf8.count)
    for index in written.indices { bytes.append(written[index]) }
    bytes += acceptGUID.utf8
    let digest = SHA1.hash(bytes.span)
    return Base64.encode(digest.span)
}
