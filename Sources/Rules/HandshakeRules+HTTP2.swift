import HTTP

// The handshake over HTTP/2: an extended CONNECT (RFC 8441 §4, §5) in fields of HTTP/2 (RFC 9113 §8.2, §8.3).
extension HandshakeRules {
    /// What is wrong with the fields of an extended CONNECT, apart from what is the same over HTTP/1.1.
    static func judgeConnect(_ request: RequestHead, into findings: inout [Finding]) {
        let headers = request.headers
        let required = [":method", ":protocol", ":scheme", ":path", ":authority"]
        var wrong: [String] = []
        for name in required {
            let count = headers.count(of: name)
            if count == 0, !(name == ":authority" && headers.contains("Host")) { wrong.append("no \(name)") }
            if count > 1 { wrong.append("\(count) times \(name)") }
        }
        wrong += misplaced(in: headers, allowed: required)
        if let path = headers.value(of: ":path"), !path.hasPrefix("/") { wrong.append(":path \(path)") }
        if let scheme = headers.value(of: ":scheme"), scheme != "http", scheme != "https" { wrong.append(":scheme \(scheme)") }
        if !wrong.isEmpty {
            findings.append(Finding(.pseudoHeader, expected: required.joined(separator: ", "), found: wrong.joined(separator: ", ")))
        }
        judgeFields(headers, into: &findings)
    }

    /// What is wrong with the fields of an answer to one.
    static func judgeConnectAnswer(_ response: ResponseHead, into findings: inout [Finding]) {
        let wrong = misplaced(in: response.headers, allowed: [":status"])
        if !wrong.isEmpty { findings.append(Finding(.pseudoHeader, expected: ":status", found: wrong.joined(separator: ", "))) }
        judgeFields(response.headers, into: &findings)
    }

    /// Pseudo-header fields that are not known, or come after others (RFC 9113 §8.3).
    private static func misplaced(in headers: Headers, allowed: [String]) -> [String] {
        var hasOrdinary = false
        var wrong: [String] = []
        for field in headers {
            guard field.name.utf8.first == UInt8(ascii: ":") else {
                hasOrdinary = true
                continue
            }
            if !allowed.contains(field.name) {
                wrong.append(field.name)
            } else if hasOrdinary {
                wrong.append("\(field.name) after other fields")
            }
        }
        return wrong
    }

    private static func judgeFields(_ headers: Headers, into findings: inout [Finding]) {
        for field in headers {
            let name = field.name
            if isOfConnection(field) {
                findings.append(Finding(.connectionHeader, found: "\(name): \(field.value)"))
            } else if name.utf8.contains(where: { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }) {
                findings.append(Finding(.nameUppercase, expected: name.lowercased(), found: name))
            }
            if name.equalsIgnoringCase("Sec-WebSocket-Key") || name.equalsIgnoringCase("Sec-WebSocket-Accept") {
                findings.append(Finding(.keyNotUsed, expected: "none", found: name))
            }
        }
    }

    private static func isOfConnection(_ field: Header) -> Bool {
        if field.name.equalsIgnoringCase("TE") { return !field.value.equalsIgnoringCase("trailers") }
        return ["Connection", "Upgrade", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding"].contains {
            field.name.equalsIgnoringCase($0)
        }
    }
}
