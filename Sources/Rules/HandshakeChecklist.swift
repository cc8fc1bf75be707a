import HTTP
import WebSocket

/// The opening handshake as a list of requirements, each with what was found (RFC 6455 §4).
///
/// Judges nothing itself: a line is broken exactly where `HandshakeRules` found something, and each finding is one line.
public struct HandshakeChecklist: Sendable {
    public private(set) var checks: [HandshakeCheck] = []

    /// - Parameters:
    ///   - request: nil when it was not captured, and so with the response.
    ///   - findings: what the rules say of these two heads.
    public init(request: RequestHead?, response: ResponseHead?, findings: HandshakeFindings) {
        var asked = Lines(side: .client, left: findings.client)
        if let request { Self.list(request, isGranted: response?.isGrant == true, into: &asked) } else { asked.addMissing("request") }
        var answered = Lines(side: .server, left: findings.server)
        if let response { Self.list(response, to: request, into: &answered) } else { answered.addMissing("answer") }
        checks = asked.finish() + answered.finish()
    }

    // MARK: The client

    private static func list(_ request: RequestHead, isGranted: Bool, into lines: inout Lines) {
        let headers = request.headers
        if request.isOfStream { return listConnect(request, isGranted: isGranted, into: &lines) }
        lines.add("method", "The method is GET.", [.requestMethod], expected: "GET", found: request.method)
        lines.add("HTTP version", "HTTP/1.1 or later is spoken.", [.requestVersion], expected: "HTTP/1.1 or later", found: request.version)
        lines.add(
            "target", "The target is a path or an http or https URI, without a fragment.", [.requestTarget], expected: "a path",
            found: request.target)
        lines.add(
            "Host", "Host says whom the client wants to talk to.", [.requestHost], expected: "any host", found: joined("Host", headers))
        lines.add("Upgrade", "Upgrade has websocket.", [.requestUpgrade], expected: "websocket", found: joined("Upgrade", headers))
        lines.add(
            "Connection", "Connection has upgrade.", [.requestConnection], expected: "upgrade", found: joined("Connection", headers))
        lines.add(
            "Sec-WebSocket-Version", "The version is that of RFC 6455.", [.protocolVersion], expected: "13",
            found: joined("Sec-WebSocket-Version", headers))
        let key = joined("Sec-WebSocket-Key", headers)
        lines.add(
            "Sec-WebSocket-Key", "The key is 16 bytes in base64.", [.keyMissing, .keyMalformed], expected: "16 bytes in base64", found: key)
        if key != nil {
            lines.add(
                "key is fresh", "The key was chosen for this connection.", [.keyReused], expected: "not seen before",
                found: "not seen before")
        }
        listNegotiation(headers, isGranted: isGranted, into: &lines)
    }

    /// An extended CONNECT (RFC 8441 §4).
    private static func listConnect(_ request: RequestHead, isGranted: Bool, into lines: inout Lines) {
        let headers = request.headers
        lines.add(
            "method", "The method is CONNECT.", [], section: "RFC 8441 §4", expected: "CONNECT", found: request.method)
        lines.add(
            "announced", "The server had announced that it takes extended CONNECT.", [.connectNotAnnounced],
            expected: "ENABLE_CONNECT_PROTOCOL = 1", found: "ENABLE_CONNECT_PROTOCOL = 1")
        lines.add(
            "pseudo-headers", "The pseudo-header fields are those of an extended CONNECT, once each and first.", [.pseudoHeader],
            expected: ":method, :protocol, :scheme, :path, :authority",
            found: headers.lazy.map(\.name).filter { $0.hasPrefix(":") }.joined(separator: ", "))
        lines.add(
            ":protocol", "The protocol is websocket.", [], section: "RFC 8441 §4", expected: "websocket",
            found: joined(":protocol", headers))
        lines.add(
            "Sec-WebSocket-Version", "The version is that of RFC 6455.", [.protocolVersion], expected: "13",
            found: joined("Sec-WebSocket-Version", headers))
        listNegotiation(headers, isGranted: isGranted, into: &lines)
    }

    private static func listNegotiation(_ headers: Headers, isGranted: Bool, into lines: inout Lines) {
        lines.add(
            "Origin", "A browser says where its script came from; others need not.", [.originMissing], expected: "any origin",
            found: joined("Origin", headers))
        lines.add(
            "subprotocols", "Subprotocols are offered by names that are tokens, none of them twice.",
            [.subprotocolMalformed, .subprotocolRepeated], expected: "any number", found: joined("Sec-WebSocket-Protocol", headers))
        lines.add(
            "extensions", "Extensions are offered in their grammar.", [.extensionMalformed, .deflateRepeated, .deflateValue],
            expected: "any number", found: joined("Sec-WebSocket-Extensions", headers))
        listForm(into: &lines)
        // Behind any other answer it would be the next request.
        guard isGranted else { return }
        lines.add(
            "early data", "The client sends nothing before the answer.", [.requestEarlyData], expected: "nothing", found: "nothing")
    }

    // MARK: The server

    private static func list(_ response: ResponseHead, to request: RequestHead?, into lines: inout Lines) {
        let status = response.reason.isEmpty ? "\(response.status)" : "\(response.status) \(response.reason)"
        if response.isOfStream {
            lines.add(
                "status", "The server agrees.", [], section: "RFC 8441 §5", expected: "2xx", found: status,
                otherwise: response.isGrant ? .met : .refused)
            if response.isGrant { listChoices(response.headers, of: request, into: &lines) }
            return
        }
        lines.add(
            "status", "The server switches protocols.", [], section: "RFC 6455 §4.2.2", expected: "101", found: status,
            otherwise: response.status == 101 ? .met : .refused)
        if response.status == 101 {
            listAcceptance(response.headers, of: request, into: &lines)
        } else if response.status == 426 {
            if let request, HandshakeRules.asksForOtherVersion(request) {
                lines.add(
                    "Sec-WebSocket-Version", "A refused version is answered with those that the server understands.", [.refusalVersion],
                    expected: "Sec-WebSocket-Version", found: joined("Sec-WebSocket-Version", response.headers))
            }
            lines.add(
                "Upgrade", "A 426 names the protocol that it asks for.", [.refusalUpgrade], expected: "Upgrade",
                found: joined("Upgrade", response.headers))
        }
        listForm(into: &lines)
    }

    private static func listAcceptance(_ headers: Headers, of request: RequestHead?, into lines: inout Lines) {
        lines.add("Upgrade", "Upgrade is websocket.", [.responseUpgrade], expected: "websocket", found: joined("Upgrade", headers))
        lines.add(
            "Connection", "Connection has upgrade.", [.responseConnection], expected: "upgrade", found: joined("Connection", headers))
        let key = request?.headers.value(of: "Sec-WebSocket-Key")
        lines.add(
            "Sec-WebSocket-Accept", "The accept value is made from the client's key.", [.acceptMissing, .acceptWrong],
            expected: key.map { acceptValue(forKey: $0) }, found: joined("Sec-WebSocket-Accept", headers),
            derivation: key.map { "base64(SHA-1(\($0) + \(acceptGUID)))" }, otherwise: key == nil ? .unknown : nil)
        listChoices(headers, of: request, into: &lines)
        lines.add(
            "body length", "A 101 has no body, and no length of one.", [.responseLength], expected: "none", found: "none")
        if request != nil {
            lines.add(
                "accepted", "Only a request that is as demanded is accepted.", [.badRequestAccepted], expected: "a good request",
                found: "a good request")
        }
    }

    private static func listChoices(_ headers: Headers, of request: RequestHead?, into lines: inout Lines) {
        let offered = request?.headers.elements(of: "Sec-WebSocket-Protocol")
        lines.add(
            "subprotocol", "At most one subprotocol is chosen, of those offered.",
            [.subprotocolNotOffered, .subprotocolSeveral, .subprotocolMalformed], expected: choice(offered),
            found: joined("Sec-WebSocket-Protocol", headers))
        lines.add(
            "extensions", "Extensions are chosen of those offered, with parameters that suit.",
            [
                .extensionNotOffered, .extensionConflict, .extensionMalformed, .deflateUnknown, .deflateRepeated, .deflateValue,
                .deflateNotOffered,
                .deflateIgnored,
            ],
            expected: choice(request.map { ExtensionList(in: $0.headers).extensions.map(\.name) }),
            found: joined("Sec-WebSocket-Extensions", headers))
    }

    /// What there was to choose from: none, one or more.
    private static func choice(_ offered: [String]?) -> String? {
        guard let offered else { return nil }
        return offered.isEmpty ? "none" : "none, or of \(offered.listed())"
    }

    // MARK: Both

    private static func listForm(into lines: inout Lines) {
        lines.add(
            "head", "The head follows the grammar of HTTP/1.1, and repeats no header that is no list.",
            [.headMalformed, .headerRepeated], expected: "HTTP's grammar", found: "HTTP's grammar")
    }

    private static func joined(_ name: String, _ headers: Headers) -> String? {
        let values = headers.values(of: name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}

/// The lines of one side, and the findings that are in none of them yet.
private struct Lines {
    let side: Side
    var left: [Finding]
    private var checks: [HandshakeCheck] = []

    init(side: Side, left: [Finding]) {
        self.side = side
        self.left = left
    }

    /// Adds a line for each finding of these rules, or one that says that there is none.
    ///
    /// - Parameter otherwise: the state without a finding; by default whether something was found.
    mutating func add(
        _ label: String, _ requirement: String, _ rules: [Rule], section: String? = nil, expected: String?, found: String?,
        derivation: String? = nil, otherwise: HandshakeCheck.State? = nil
    ) {
        var check = HandshakeCheck(
            side: side, label: label, requirement: requirement, section: section ?? rules.first?.entry.section.map { "\($0)" },
            expected: expected, found: found, derivation: derivation, state: otherwise ?? (found == nil ? .absent : .met))
        let mine = left.filter { rules.contains($0.rule) }
        left.removeAll { rules.contains($0.rule) }
        if mine.isEmpty { checks.append(check) }
        for finding in mine {
            check.take(finding)
            checks.append(check)
        }
    }

    /// A head that was not captured is one line.
    mutating func addMissing(_ head: String) {
        add(head, "The \(head) was captured.", [], expected: nil, found: nil, otherwise: .unknown)
    }

    /// All lines; a finding that no line is about gets its own.
    consuming func finish() -> [HandshakeCheck] {
        for finding in left {
            var check = HandshakeCheck(
                side: side, label: "\(finding.rule.entry.label)", requirement: "\(finding.rule.entry.sentence)", state: .broken)
            check.take(finding)
            checks.append(check)
        }
        return checks
    }
}

extension HandshakeCheck {
    fileprivate mutating func take(_ finding: Finding) {
        let entry = finding.rule.entry
        state = entry.severity == .note ? .noted : .broken
        rule = finding.rule
        section = entry.section.map { "\($0)" }
        expected = finding.expected ?? expected
        found = finding.found
    }
}
