import Bytes
import Channels
import HTTP

/// A head of HTTP/2 or HTTP/3 as one of HTTP (RFC 9113 §8.3, RFC 9114 §4.3, RFC 8441 §4).
///
/// Pseudo-header fields stay among the fields, as they were sent. A field whose name or value was not captured says so.
struct StreamHead {
    enum Kind {
        case request(RequestHead)
        /// An answer; its status is 0 where that was not captured.
        case response(ResponseHead)
        /// Trailers, or a head of which nothing is known that would tell.
        case other(Headers)
    }

    var kind: Kind
    /// `:protocol`, which makes a CONNECT an extended one.
    var connectProtocol: String?
    /// `:method`, if it was captured.
    var method: String?

    /// - Parameter version: one of `HTTPVersion`.
    init(_ section: FieldSection, version: String) {
        func known(_ name: StaticString) -> String? { section.last(name)?.value.map { String(decoding: $0, as: UTF8.self) } }
        let headers = Headers(fields: section.fields.map { ($0.name, $0.value) })
        connectProtocol = known(":protocol")
        method = known(":method")
        if section.last(":status") != nil {
            kind = .response(
                ResponseHead(
                    version: version, status: known(":status").flatMap { Int($0) } ?? 0, reason: "", headers: headers,
                    byteCount: section.byteCount))
        } else if section.fields.contains(where: { $0.name?.first == UInt8(ascii: ":") }) {
            kind = .request(
                RequestHead(
                    method: method ?? Header.unknown, target: known(":path") ?? known(":authority") ?? Header.unknown,
                    version: version, headers: headers, byteCount: section.byteCount))
        } else {
            kind = .other(headers)
        }
    }
}

extension FieldSection {
    /// The last field of this name.
    fileprivate func last(_ name: StaticString) -> Field? {
        fields.last { field in
            guard let written = field.name, written.count == name.utf8CodeUnitCount else { return false }
            return written.span.matches(name)
        }
    }
}
