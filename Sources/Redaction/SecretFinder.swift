import Bytes
import HTTP

/// Finds secrets in header fields, URLs and text, and remembers them, so that their repetitions are found as well.
public struct SecretFinder: Sendable {
    let names: SecretNames
    private(set) var remembered = RememberedSecrets()
    /// Subprotocols that were found to be secrets, short ones too.
    var subprotocols: Set<[UInt8]> = []
    static let subprotocolCount = 64
    /// Names that were judged already: messages have the same few again and again.
    private var judged: [[UInt8]: Bool] = [:]
    private static let judgedCount = 1_024

    public init(_ names: SecretNames) { self.names = names }

    mutating func judge(_ name: [UInt8]) -> Bool {
        if let known = judged[name] { return known }
        let isTelling = names.match(name)
        if judged.count < Self.judgedCount, name.count < 100 { judged[name] = isTelling }
        return isTelling
    }

    // MARK: Heads

    /// Finds the secrets of a header field's value.
    public mutating func find(inHeader name: String, _ value: Span<UInt8>) -> [Secret] {
        var found: [Secret] = []
        switch name.lowercased() {
        case "cookie": findCookies(in: value, into: &found)
        case "set-cookie": findCookies(in: value, isFirstOnly: true, into: &found)
        case "authorization", "proxy-authorization": findCredentials(in: value, into: &found)
        case "sec-websocket-protocol": findSubprotocols(in: value, into: &found)
        // What the handshake itself is made of, random as it looks.
        case "sec-websocket-key", "sec-websocket-accept", "host", "date": break
        // Names of programs and of parameters, which are long.
        case "sec-websocket-extensions", "sec-websocket-version", "upgrade", "connection", "user-agent", "server":
            findText(in: value, 0..<value.count, least: .max, into: &found)
        // It may be any of those above.
        case Header.unknown:
            if !value.isEmpty, !value.copied().elementsEqual(Header.unknown.utf8) { found.append(Secret(0..<value.count, .text, .header)) }
        case ":path": findURL(in: value, 0..<value.count, into: &found)
        case let other where names.match(other.utf8):
            if !value.isEmpty { found.append(Secret(0..<value.count, .text, .header)) }
        default:
            findText(in: value, 0..<value.count, least: TokenShape.leastInURL, into: &found)
        }
        return finish(found, in: value)
    }

    /// Finds the secrets of a request's target, or of any URL.
    public mutating func find(inTarget target: Span<UInt8>) -> [Secret] {
        var found: [Secret] = []
        findURL(in: target, 0..<target.count, into: &found)
        return finish(found, in: target)
    }

    // MARK: Text

    /// Finds the secrets of a text payload: JSON, forms, headers, prose, in whatever mixture.
    public mutating func find(inText text: Span<UInt8>) -> [Secret] {
        var found: [Secret] = []
        findText(in: text, 0..<text.count, least: TokenShape.leastInText, into: &found)
        return finish(found, in: text)
    }

    /// Repetitions are looked for, what was found is remembered, and all is put in order without overlap.
    private mutating func finish(_ found: [Secret], in bytes: Span<UInt8>) -> [Secret] {
        var all = found.filter { !$0.range.isEmpty }
        remembered.repetitions(in: bytes) { all.append(Secret($0, .text, .repeated)) }
        guard !all.isEmpty else { return [] }
        for secret in all where secret.kind == .text && secret.sign != .repeated {
            remembered.insert(bytes.extracting(secret.range))
        }
        all.sort { ($0.range.lowerBound, $1.range.upperBound) < ($1.range.lowerBound, $0.range.upperBound) }
        var disjoint: [Secret] = []
        for secret in all {
            guard let last = disjoint.last, last.range.upperBound > secret.range.lowerBound else {
                disjoint.append(secret)
                continue
            }
            // What overlaps at the end is taken along; an object with a secret inside it goes as a whole.
            guard secret.range.upperBound > last.range.upperBound else { continue }
            let whole = last.range.lowerBound..<secret.range.upperBound
            disjoint[disjoint.count - 1] = Secret(whole, .text, last.sign)
        }
        return Self.withWholeNumbers(disjoint, in: bytes)
    }

    /// Has a secret that is a JSON number, or a part of one, be that number, however it was found: JSON has to stay JSON.
    private static func withWholeNumbers(_ secrets: [Secret], in bytes: Span<UInt8>) -> [Secret] {
        var result: [Secret] = []
        result.reserveCapacity(secrets.count)
        // The run of a number's characters that was looked at last: it may have many secrets in it.
        var run = 0..<0
        var isNumber = false
        for secret in secrets {
            guard secret.kind == .text, bytes[secret.range.lowerBound].isOfNumber else {
                result.append(secret)
                continue
            }
            if secret.range.lowerBound >= run.upperBound {
                var (start, end) = (secret.range.lowerBound, secret.range.lowerBound + 1)
                while start > run.upperBound, bytes[start - 1].isOfNumber { start -= 1 }
                while end < bytes.count, bytes[end].isOfNumber { end += 1 }
                run = start..<end
                isNumber = bytes.extracting(run).isJSONNumber && bytes.isJSONLiteral(run, in: bytes.indices)
            }
            if !isNumber || secret.range.upperBound > run.upperBound {
                result.append(secret)
            } else if result.last?.range != run {
                result.append(Secret(run, .number, secret.sign))
            }
        }
        return result
    }
}
