import Bytes
import HTTP

/// Judges the two heads of an opening handshake (RFC 6455 §4).
public enum HandshakeRules {
    // MARK: The client

    /// What is wrong with a request that asks for a WebSocket.
    public static func judge(_ request: RequestHead) -> [Finding] {
        var findings: [Finding] = []
        let headers = request.headers
        if request.isOfStream {
            judgeConnect(request, into: &findings)
            judgeVersion(headers, into: &findings)
        } else {
            judgeHead(request.oddities, into: &findings)
            judgeRequirements(request, into: &findings)
            judgeTarget(request.target, into: &findings)
        }
        if !request.isOfStream, let key = headers.bytes(of: "Sec-WebSocket-Key"), !isKey(key) {
            findings.append(
                Finding(.keyMalformed, expected: "22 characters of base64 and ==", found: headers.value(of: "Sec-WebSocket-Key")))
        }
        if let agent = headers.bytes(of: "User-Agent"), agent.matches("Mozilla/"), !headers.contains("Origin") {
            findings.append(Finding(.originMissing, expected: "Origin", found: headers.value(of: "User-Agent")))
        }
        for name in single { judgeCount(of: name, in: headers, into: &findings) }
        judgeCount(of: "Origin", in: headers, into: &findings)
        if headers.contains("Sec-WebSocket-Protocol") { judgeOffers(headers.elements(of: "Sec-WebSocket-Protocol"), into: &findings) }
        if headers.contains(ExtensionList.fieldName) { judgeOffers(ExtensionList(in: headers), into: &findings) }
        return findings.limitedPerRule()
    }

    private static func judgeOffers(_ protocols: [String], into findings: inout [Finding]) {
        if protocols.isEmpty { findings.append(noSubprotocol) }
        judgeNames(protocols, into: &findings)
        if let twice = protocols.firstRepeated { findings.append(Finding(.subprotocolRepeated, found: twice)) }
    }

    private static func judgeOffers(_ extensions: ExtensionList, into findings: inout [Finding]) {
        judgeGrammar(of: extensions, into: &findings)
        DeflateRules.judge(offers: extensions.deflate, into: &findings)
    }

    private static func judgeRequirements(_ request: RequestHead, into findings: inout [Finding]) {
        let headers = request.headers
        let missing = UpgradeRequest.missing(in: request)
        for requirement in missing {
            let finding: Finding =
                switch requirement {
                case .method: Finding(.requestMethod, expected: "GET", found: request.method)
                case .httpVersion: Finding(.requestVersion, expected: "HTTP/1.1", found: request.version)
                case .host: Finding(.requestHost, expected: "Host")
                case .upgrade: Finding(.requestUpgrade, expected: "websocket", found: joined("Upgrade", headers))
                case .connection: Finding(.requestConnection, expected: "upgrade", found: joined("Connection", headers))
                case .key: Finding(.keyMissing, expected: "Sec-WebSocket-Key")
                case .version: Finding(.protocolVersion, expected: "13")
                }
            findings.append(finding)
        }
        if headers.contains("Sec-WebSocket-Version") { judgeVersion(headers, into: &findings) }
    }

    private static func judgeVersion(_ headers: Headers, into findings: inout [Finding]) {
        if let version = headers.bytes(of: "Sec-WebSocket-Version"), version.count == 2, version.matches("13") { return }
        findings.append(Finding(.protocolVersion, expected: "13", found: headers.value(of: "Sec-WebSocket-Version")))
    }

    /// A path, or an absolute URI of http or https (RFC 6455 §4.1, item 3); no fragment (§3).
    private static func judgeTarget(_ target: String, into findings: inout [Finding]) {
        func isAbsolute() -> Bool {
            ["http://", "https://"].contains { scheme in
                target.utf8.count > scheme.utf8.count && target.prefix(scheme.count).equalsIgnoringCase(scheme)
            }
        }
        let isPath = target.utf8.first == UInt8(ascii: "/")
        if !(isPath || isAbsolute()) || target.utf8.contains(UInt8(ascii: "#")) {
            findings.append(Finding(.requestTarget, expected: "a path", found: target))
        }
    }

    /// 16 bytes in base64 are 22 characters and two of padding.
    static func isKey(_ characters: Span<UInt8>) -> Bool {
        guard characters.count == 24 else { return false }
        for index in 0..<22 {
            switch characters[index] {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "+"), UInt8(ascii: "/"):
                continue
            default: return false
            }
        }
        return characters[22] == UInt8(ascii: "=") && characters[23] == UInt8(ascii: "=")
    }

    // MARK: The server

    /// What is wrong with the answer to a request; what hangs on the request rests when it was not captured.
    /// - Parameter isTrusted: nothing was found to be wrong with the request, so that it need not be looked at again.
    public static func judge(_ response: ResponseHead, to request: RequestHead?, isTrusted: Bool = false) -> [Finding] {
        var findings: [Finding] = []
        judgeHead(response.oddities, into: &findings)
        if response.isOfStream { judgeConnectAnswer(response, into: &findings) }
        if response.isOfStream, response.isGrant {
            judgeCount(of: "Sec-WebSocket-Extensions", in: response.headers, into: &findings)
            judgeSubprotocol(response.headers, of: request, into: &findings)
            judgeExtensions(response.headers, of: request, into: &findings)
        } else if response.status == 101 {
            judgeAcceptance(response, of: request, isTrusted: isTrusted, into: &findings)
        } else if response.status == 426 {
            judgeRefusal(response, of: request, into: &findings)
        }
        return findings.limitedPerRule()
    }

    private static func judgeAcceptance(
        _ response: ResponseHead, of request: RequestHead?, isTrusted: Bool, into findings: inout [Finding]
    ) {
        let headers = response.headers
        let missing = UpgradeResponse.missing(in: response)
        if missing.contains(.upgrade) {
            findings.append(Finding(.responseUpgrade, expected: "websocket", found: joined("Upgrade", headers)))
        }
        if missing.contains(.connection) {
            findings.append(Finding(.responseConnection, expected: "upgrade", found: joined("Connection", headers)))
        }
        judgeAbsence(of: "Content-Length", in: headers, into: &findings)
        judgeAbsence(of: "Transfer-Encoding", in: headers, into: &findings)
        judgeCount(of: "Sec-WebSocket-Accept", in: headers, into: &findings)
        judgeCount(of: "Sec-WebSocket-Extensions", in: headers, into: &findings)
        judgeAccept(response, of: request, into: &findings)
        if let request, !isTrusted { judgeTrust(in: request, into: &findings) }
        judgeSubprotocol(headers, of: request, into: &findings)
        judgeExtensions(headers, of: request, into: &findings)
    }

    private static func judgeAccept(_ response: ResponseHead, of request: RequestHead?, into findings: inout [Finding]) {
        if let request, isAccepted(request, by: response) { return }
        let accept = response.headers.value(of: "Sec-WebSocket-Accept")
        let expected = request?.headers.value(of: "Sec-WebSocket-Key").map { acceptValue(forKey: $0) }
        if accept == nil {
            findings.append(Finding(.acceptMissing, expected: expected))
        } else if let expected {
            findings.append(Finding(.acceptWrong, expected: expected, found: accept))
        }
    }

    /// RFC 6455 §4.2.1 lists what a server must find in a request that it accepts.
    private static func judgeTrust(in request: RequestHead, into findings: inout [Finding]) {
        let headers = request.headers
        var lacks = UpgradeRequest.missing(in: request).map(\.rawValue)
        if let key = headers.bytes(of: "Sec-WebSocket-Key"), !isKey(key) { lacks.append("a key of 16 bytes") }
        var faults = lacks.isEmpty ? [] : ["without \(lacks.joined(separator: ", "))"]
        // Of two fields, whoever checks another one than the application goes by is fooled.
        let repeated = single.filter { headers.count(of: $0) > 1 }
        if !repeated.isEmpty { faults.append("with several \(repeated.joined(separator: ", "))") }
        // A server may know a draft as well (§4.4).
        if let version = headers.value(of: "Sec-WebSocket-Version"), !(0...13).contains(where: { version == "\($0)" }) {
            faults.append("for version \(version)")
        }
        guard !faults.isEmpty else { return }
        findings.append(
            Finding(.badRequestAccepted, expected: "an error", found: "101 to a request \(faults.joined(separator: ", "))"))
    }

    /// What a request may have only once, and a server must look at (RFC 6455 §4.2.1, §11.3, RFC 9112 §3.2).
    private static let single = ["Host", "Sec-WebSocket-Key", "Sec-WebSocket-Version"]

    private static func judgeSubprotocol(_ headers: Headers, of request: RequestHead?, into findings: inout [Finding]) {
        guard headers.contains("Sec-WebSocket-Protocol") else { return }
        let chosen = headers.elements(of: "Sec-WebSocket-Protocol")
        if chosen.isEmpty { findings.append(noSubprotocol) }
        judgeNames(chosen, into: &findings)
        if chosen.count > 1 { findings.append(Finding(.subprotocolSeveral, expected: "one", found: chosen.listed())) }
        guard let offered = request?.headers.elements(of: "Sec-WebSocket-Protocol") else { return }
        let names = Set(offered)
        let list = offered.isEmpty ? "none" : offered.listed()
        for name in chosen where !names.contains(name) {
            findings.append(Finding(.subprotocolNotOffered, expected: list, found: name))
        }
    }

    private static func judgeExtensions(_ headers: Headers, of request: RequestHead?, into findings: inout [Finding]) {
        guard headers.contains(ExtensionList.fieldName) else { return }
        let agreed = ExtensionList(in: headers)
        judgeGrammar(of: agreed, into: &findings)
        let offered = request.map { ExtensionList(in: $0.headers) }
        if let offered {
            let names = offered.extensions.map(\.name)
            let known = Set(names.map { $0.lowercased() })
            let list = names.isEmpty ? "none" : names.listed()
            for element in agreed.extensions where !known.contains(element.name.lowercased()) {
                findings.append(Finding(.extensionNotOffered, expected: list, found: element.name))
            }
        }
        let compressing = agreed.extensions.filter(\.usesRSV1).map(\.name)
        if compressing.count > 1 {
            findings.append(Finding(.extensionConflict, expected: "one that uses RSV1", found: compressing.listed()))
        }
        // One answer is right; each is compared with all offers.
        for answer in agreed.deflate.prefix(10) { DeflateRules.judge(answer: answer, to: offered?.deflate, into: &findings) }
    }

    /// Status 426 (RFC 6455 §4.2.2 item 4, §4.4; RFC 9110 §15.5.22).
    private static func judgeRefusal(_ response: ResponseHead, of request: RequestHead?, into findings: inout [Finding]) {
        if let request, asksForOtherVersion(request), response.headers.value(of: "Sec-WebSocket-Version") == nil {
            findings.append(Finding(.refusalVersion, expected: "Sec-WebSocket-Version"))
        }
        if response.headers.value(of: "Upgrade") == nil { findings.append(Finding(.refusalUpgrade, expected: "Upgrade")) }
    }

    /// Where version 13 is asked for, a 426 is about something else: behind a proxy, most often a lost Upgrade.
    static func asksForOtherVersion(_ request: RequestHead) -> Bool {
        request.headers.value(of: "Sec-WebSocket-Version").map { $0 != "13" } ?? false
    }

    // MARK: Both

    private static func judgeHead(_ oddities: HeadOddities, into findings: inout [Finding]) {
        if oddities.isEmpty { return }
        let names: [(HeadOddities, String)] = [
            (.emptyLinesBefore, "an empty line before the request"), (.bareLineFeed, "a line that ends in LF alone"),
            (.looseStartLine, "a first line that is not divided by single spaces"), (.foldedLine, "a header folded over two lines"),
            (.blankBeforeColon, "a blank before a colon"), (.nameNotToken, "a header name that is no token"),
            (.controlInValue, "a control character in a value"),
            (.versionOrStatus, "a version in small letters or a status with zeros in front"),
            (.nameMissing, "a header line without a name and a colon"), (.blankBeforeFields, "a blank before the first header"),
        ]
        let seen = names.filter { oddities.contains($0.0) }.map(\.1)
        if !seen.isEmpty { findings.append(Finding(.headMalformed, found: seen.joined(separator: ", "))) }
    }

    private static func judgeCount(of name: String, in headers: Headers, into findings: inout [Finding]) {
        let count = headers.count(of: name)
        if count > 1 { findings.append(Finding(.headerRepeated, expected: "one \(name)", found: "\(count)")) }
    }

    /// A field that gives the length of a body; a 101 has none (RFC 9110 §15.2).
    private static func judgeAbsence(of name: String, in headers: Headers, into findings: inout [Finding]) {
        if let value = headers.value(of: name) { findings.append(Finding(.responseLength, found: "\(name): \(value)")) }
    }

    /// Of a header that is there and names none.
    private static var noSubprotocol: Finding { Finding(.subprotocolMalformed, expected: "a subprotocol's name", found: "an empty value") }

    private static func judgeNames(_ names: [String], into findings: inout [Finding]) {
        for name in names where !name.isToken { findings.append(Finding(.subprotocolMalformed, found: name)) }
    }

    private static func judgeGrammar(of list: ExtensionList, into findings: inout [Finding]) {
        for text in list.malformed { findings.append(Finding(.extensionMalformed, found: text)) }
        for element in list.extensions {
            for parameter in element.parameters where parameter.isQuoted && parameter.value?.isToken == false {
                findings.append(Finding(.extensionMalformed, expected: "a token in the quotes", found: parameter.value))
            }
        }
    }

    private static func joined(_ name: String, _ headers: Headers) -> String? {
        let values = headers.values(of: name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}
