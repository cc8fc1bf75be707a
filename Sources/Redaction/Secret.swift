import Bytes

/// A secret's place in the bytes that were searched.
public struct Secret: Equatable, Sendable {
    /// How it is written, so that what takes its place is of the same kind.
    public enum Kind: Sendable {
        /// Characters; of a JSON string those between its quotation marks.
        case text
        /// A JSON number.
        case number
        /// A JSON object or array, brackets included.
        case object
        case array
    }

    public var range: Range<Int>
    public var kind: Kind
    /// What gave it away.
    public var sign: Sign

    public init(_ range: Range<Int>, _ kind: Kind = .text, _ sign: Sign) {
        self.range = range
        self.kind = kind
        self.sign = sign
    }
}

/// What gave a secret away; what was removed is counted by it.
public enum Sign: Int, CaseIterable, Sendable {
    case cookie
    /// Authorization and its like.
    case authorization
    /// A header field with a telling name.
    case header
    case url
    case subprotocol
    /// A telling name in a payload.
    case member
    /// A card's number or a bank account's, by its check digits.
    case account
    /// Long and random, or of a known form.
    case shape
    /// The same bytes were secret elsewhere on the connection.
    case repeated

    /// In the singular, for the report of what was removed.
    public var noun: String {
        switch self {
        case .cookie: "cookie"
        case .authorization: "Authorization header"
        case .header: "header value"
        case .url: "value in a URL"
        case .subprotocol: "subprotocol"
        case .member: "value after a telling name"
        case .account: "card or account number"
        case .shape: "value that looks like a token"
        case .repeated: "repetition of these"
        }
    }

    public var plural: String {
        switch self {
        case .url: "values in URLs"
        case .member: "values after telling names"
        case .shape: "values that look like tokens"
        case .repeated: "repetitions of these"
        default: noun + "s"
        }
    }
}

/// What takes a secret's place.
public enum Marker {
    public static let text: StaticString = "[redacted]"

    /// Writes `bytes` with a marker in place of each secret; `secrets` are in order and do not overlap.
    static func replace(_ secrets: [Secret], in bytes: Span<UInt8>, to output: inout ByteBuffer) {
        var start = 0
        for secret in secrets {
            output.append(bytes.extracting(start..<secret.range.lowerBound))
            switch secret.kind {
            case .text: output.append(text)
            case .number: output.append("0")
            case .object: output.append("{}")
            case .array: output.append("[]")
            }
            start = secret.range.upperBound
        }
        output.append(bytes.extracting(start..<bytes.count))
    }

    /// Text with a marker in place of each secret.
    public static func replaced(_ secrets: [Secret], in bytes: [UInt8]) -> String {
        var output = ByteBuffer()
        replace(secrets, in: bytes.span, to: &output)
        return String(decoding: output.span.copied(), as: UTF8.self)
    }

    /// Overwrites each secret with as many bytes that say nothing, and that leave JSON what it was.
    public static func fill(_ secrets: [Secret], in bytes: inout [UInt8]) {
        for secret in secrets {
            for place in secret.range { bytes[place] = secret.kind == .number ? UInt8(ascii: "1") : filler }
            guard secret.kind == .object || secret.kind == .array else { continue }
            for place in secret.range { bytes[place] = UInt8(ascii: " ") }
            bytes[secret.range.lowerBound] = UInt8(ascii: secret.kind == .object ? "{" : "[")
            bytes[secret.range.upperBound - 1] = UInt8(ascii: secret.kind == .object ? "}" : "]")
        }
    }

    public static let filler = UInt8(ascii: "x")
}
