import Bytes

/// A cookie of a Cookie or Set-Cookie field (RFC 6265), as HAR lists it.
struct HARCookie: Equatable {
    var name: String
    var value: String
    var path: String?
    var domain: String?
    var isHTTPOnly = false
    var isSecure = false

    /// The cookies of a Cookie field.
    static func inRequest(_ field: String) -> [HARCookie] {
        field.split(separator: ";").compactMap { pair in split(pair).map { HARCookie(name: $0, value: $1) } }
    }

    /// The cookie of a Set-Cookie field. Its lifetime is left out: it stands in the header, and HAR wants it in another form.
    static func inResponse(_ field: String) -> HARCookie? {
        let parts = field.split(separator: ";")
        guard let first = parts.first, let (name, value) = split(first) else { return nil }
        var cookie = HARCookie(name: name, value: value)
        for part in parts.dropFirst() {
            let (name, value) = split(part) ?? (String(trimmed(part)), "")
            switch name.lowercased() {
            case "path": cookie.path = value
            case "domain": cookie.domain = value
            case "httponly": cookie.isHTTPOnly = true
            case "secure": cookie.isSecure = true
            default: break
            }
        }
        return cookie
    }

    private static func split(_ pair: Substring) -> (name: String, value: String)? {
        guard let equals = pair.firstIndex(of: "=") else { return nil }
        return (String(trimmed(pair[..<equals])), String(trimmed(pair[pair.index(after: equals)...])))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }

    func append(to output: inout ByteBuffer) {
        output.append(#"{"name":"#, string: name)
        output.append(#","value":"#, string: value)
        if let path { output.append(#","path":"#, string: path) }
        if let domain { output.append(#","domain":"#, string: domain) }
        if isHTTPOnly { output.append(json: #","httpOnly":true"#) }
        if isSecure { output.append(json: #","secure":true"#) }
        output.append(json: "}")
    }
}

/// The query of a request's target as pairs, decoded as a form is (WHATWG URL, application/x-www-form-urlencoded).
enum HARQuery {
    struct Parameter: Equatable {
        var name: String
        var value: String
    }

    static func parameters(in target: String) -> [Parameter] {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return [] }
        let query = target.utf8[target.utf8.index(after: mark)...].prefix { $0 != UInt8(ascii: "#") }
        return query.split(separator: UInt8(ascii: "&")).map { pair in
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            return Parameter(name: decoded(name), value: decoded(pair.dropFirst(name.count + 1)))
        }
    }

    private static func decoded(_ text: some Sequence<UInt8>) -> String {
        var bytes: [UInt8] = []
        var pending: [UInt8] = []
        for byte in text {
            if pending.isEmpty, byte == UInt8(ascii: "%") {
                pending = [byte]
            } else if pending.isEmpty {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            } else {
                pending.append(byte)
                guard pending.count == 3 else { continue }
                // What is no escape stays as it was written.
                if let high = digit(pending[1]), let low = digit(pending[2]) { bytes.append(high << 4 | low) } else { bytes += pending }
                pending = []
            }
        }
        return String(decoding: bytes + pending, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
