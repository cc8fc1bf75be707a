import Bytes
import Inspection
import Rules
import WebSocket

/// Findings as SARIF 2.1.0 (OASIS), for code-scanning services: the catalogue as rules, each finding as a result.
public struct SARIFReport: FindingSink, ~Copyable {
    public var output = ByteBuffer()
    /// Frames looked at.
    public var shownCount: UInt64 = 0
    /// Frames after which it has enough.
    public var frameLimit = UInt64.max
    private var sources: [String] = []
    private var hasResults = false
    private var files: [NumberedFile] = []

    private let leastConnectionCount: UInt64

    /// - Parameter least: with fewer WebSocket connections, the run counts as failed.
    public init(least leastConnectionCount: UInt64 = 0) { self.leastConnectionCount = leastConnectionCount }

    /// Says which file the next packets are from.
    public mutating func begin(file name: String, firstPacket: UInt64) { files.append(NumberedFile(name: name, firstPacket: firstPacket)) }

    public mutating func begin(_ connection: Connection) {}
    public mutating func end(_ connection: Connection) {}

    /// Writes everything before the results.
    public mutating func begin(sources: [String], version: String) {
        self.sources = sources
        output.append(#"{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":{"driver":{"#)
        output.append(#""name":"wsray","version":"#, string: version)
        output.append(#","rules":"#)
        output.append(jsonArray: Rule.allCases) { output, rule in
            let entry = rule.entry
            output.append(#"{"id":"#, string: rule.rawValue)
            output.append(#","shortDescription":{"text":"#, string: "\(entry.label)")
            output.append(#"},"fullDescription":{"text":"#, string: "\(entry.sentence)")
            output.append(#"},"help":{"text":"#, string: "\(entry.advice)\(entry.section.map { " (\($0))" } ?? "")")
            output.append(#"},"defaultConfiguration":{"level":"#, Self.level(of: entry.severity))
            output.append("}}")
        }
        output.append(#"}},"columnKind":"utf16CodeUnits","results":["#)
    }

    public mutating func take(_ plain: PlainFinding) {
        if hasResults { output.append(",") }
        output.append("\n")
        hasResults = true
        let rule = plain.finding.rule
        output.append(#"{"ruleId":"#, string: rule.rawValue)
        output.append(#","ruleIndex":"#, UInt64(Self.places[rule] ?? 0))
        output.append(#","level":"#, Self.level(of: rule.severity))
        var message = ByteBuffer()
        message.append(string: plain.place)
        message.append(": ")
        plain.appendMessage(to: &message)
        output.append(#","message":{"text":"#)
        let text = message.span.copied()
        output.append(jsonString: String(decoding: text, as: UTF8.self))
        output.append(#"},"locations":[{"#)
        if let file = files.file(of: plain.packet ?? .max) {
            output.append(#""physicalLocation":{"artifactLocation":{"uri":"#, string: Self.uri(file.name))
            // A capture has no lines; code scanning shows no result without one. Packets are what Wireshark numbers.
            let packet = plain.packet.map(file.number)
            output.append(#"},"region":{"startLine":"#, packet ?? 1)
            output.append("}},")
        }
        output.append(#""logicalLocations":[{"fullyQualifiedName":"#, string: plain.place)
        output.append("}]}]")
        if let packet = plain.packet { output.append(#","properties":{"packet":"#, packet) }
        if plain.packet != nil { output.append("}") }
        output.append("}")
    }

    /// Ends the document.
    /// - Parameter failure: why the input could not be read to its end.
    public mutating func finish(_ summary: Summary, failure: String?) {
        let failure = failure ?? summary.lack(ofConnections: leastConnectionCount)
        output.append(#"],"invocations":[{"executionSuccessful":"#, failure == nil)
        if let failure {
            output.append(#","toolExecutionNotifications":[{"level":"error","message":{"text":"#, string: failure)
            output.append("}}]")
        }
        output.append("}]}]}\n")
    }

    private static let places = Dictionary(uniqueKeysWithValues: zip(Rule.allCases, 0...))

    private static func level(of severity: Severity) -> StaticString {
        switch severity {
        case .violation: "error"
        case .warning: "warning"
        case .note: "note"
        }
    }

    /// A file name as a URI reference (RFC 3986 §2.1): everything but unreserved characters and slashes in percent signs.
    private static func uri(_ path: String) -> String {
        var uri = ""
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
                uri.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                uri += byte < 16 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return uri
    }
}
