import Foundation
import Rules
import Testing

@Suite struct CatalogueTests {
    @Test("every rule has an entry of its own", arguments: Rule.allCases)
    func entry(_ rule: Rule) {
        let entry = rule.entry
        let others = Rule.allCases.filter { $0 != rule }.map { "\($0.entry.label)" }
        #expect(!others.contains("\(entry.label)"))
        #expect("\(entry.sentence)".hasSuffix(".") && "\(entry.advice)".hasSuffix("."))
        #expect(entry.label.utf8CodeUnitCount <= 40)
        #expect(rule.severity == entry.severity)
    }

    @Test("what a MUST or SHOULD forbids has its section, what the capture lacks is a note without one", arguments: Rule.allCases)
    func severity(_ rule: Rule) {
        let isOfCapture =
            [.frameCutOff, .messageCutOff].contains(rule) || rule.rawValue.hasPrefix("capture.") || rule.rawValue.hasPrefix("limit.")
        // What no RFC rules, and whoever operates or checks a connection wants to know.
        let isExpected = rule == .peerSilent || rule.rawValue.hasPrefix("check.")
        #expect((rule.entry.section == nil) == (isOfCapture || isExpected))
        // Worth knowing, though nothing forbids it.
        let remarks: [Rule] = [
            .originMissing, .pongUnsolicited, .closeCodeNotEchoed, .controlAfterClose, .closeReset, .keyNotUsed, .windowStalled,
        ]
        #expect((rule.severity == .note) == (isOfCapture || remarks.contains(rule)))
    }

    @Test("every rule has a capture that fires it and a near miss", arguments: Rule.allCases)
    func fixtures(_ rule: Rule) {
        // What is expected of connections is said on the command line.
        if rule.rawValue.hasPrefix("check.") { return }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder = package.appendingPathComponent("fixtures/rules/\(rule.rawValue)")
        for name in ["fires.pcap", "near-miss.pcap"] {
            #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path), "\(rule.rawValue)/\(name)")
        }
    }

    @Test("ids are stable: lower-case words, joined by hyphens, in two or three parts", arguments: Rule.allCases)
    func id(_ rule: Rule) {
        let parts = rule.rawValue.split(separator: ".", omittingEmptySubsequences: false)
        #expect((2...3).contains(parts.count))
        for part in parts {
            let isWord = !part.isEmpty && part.utf8.allSatisfy { $0 == 0x2D || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
            #expect(isWord)
        }
        #expect(Rule(rawValue: rule.rawValue) == rule)
    }

    @Test("severities are ordered from note to violation")
    func order() {
        #expect(Severity.allCases.sorted() == [.note, .warning, .violation])
        #expect(Severity.note < .violation)
    }
}
