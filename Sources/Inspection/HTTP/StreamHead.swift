import Channels
import HTTP

/// A head of HTTP/2 as one of HTTP (RFC 9113 §8.3, RFC 8441 §4).
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

    init(_ section: FieldSection) {
        var pseudo: [String: String] = [:]
        for field in section.fields {
            guard let name = field.name, name.first == UInt8(ascii: ":") else { continue }
            pseudo[String(decoding: name, as: UTF8.self)] = field.value.map { String(decoding: $0, as: UTF8.self) } ?? Header.unknown
        }
        func known(_ name: String) -> String? { pseudo[name].flatMap { $0 == Header.unknown ? nil : $0 } }
        let headers = Headers(section)
        connectProtocol = known(":protocol")
        method = known(":method")
        if pseudo[":status"] != nil {
            kind = .response(
                ResponseHead(
                    version: HTTPVersion.http2, status: known(":status").flatMap { Int($0) } ?? 0, reason: "", headers: headers,
                    byteCount: section.byteCount))
        } else if !pseudo.isEmpty {
            kind = .request(
                RequestHead(
                    method: method ?? Header.unknown, target: known(":path") ?? known(":authority") ?? Header.unknown,
                    version: HTTPVersion.http2, headers: headers, byteCount: section.byteCount))
        } else {
            kind = .other(headers)
        }
    }
}

extension Headers {
    fileprivate init(_ section: FieldSection) {
        self.init(
            section.fields.lazy.map { field in
                Header(
                    name: field.name.map { String(decoding: $0, as: UTF8.self) } ?? Header.unknown,
                    value: field.value.map { String(decoding: $0, as: UTF8.self) } ?? Header.unknown)
            })
    }
}
