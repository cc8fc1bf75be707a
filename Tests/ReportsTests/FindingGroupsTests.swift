import Bytes
import Inspection
import Reports
import Rules
import Testing
import WebSocket

@Suite("Findings that share lines")
struct FindingGroupsTests {
    private func lines(_ findings: [Finding], groups: Bool = true) -> [String] {
        var report = FindingsReport(groups: groups)
        report.begin(file: "a.pcap", firstPacket: 1)
        for finding in findings { report.note(.found(finding, from: .server, in: nil, at: Timestamp(nanoseconds: 0))) }
        report.finish()
        return String(decoding: report.output.span.copied(), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func exceeding(_ count: Int) -> Finding { Finding(.streamWindowExceeded, found: "\(count) bytes more") }

    @Test("of one rule and one connection the first ten that differ have a line, and the rest is counted")
    func many() {
        let findings = (1...12_350).map(exceeding)
        let written = lines(findings)
        #expect(written.count == 11)
        #expect(written[9].contains(": 10 bytes more ["))
        #expect(
            written[10]
                == "a.pcap: violation: more than the window: … and 12,340 more like it [http2.window.exceeded, RFC 9113 §6.9.1] capture")
        #expect(lines(findings, groups: false).count == 12_350)
    }

    @Test("what is counted follows its rule's lines, and those that are alike still share one")
    func mixed() {
        let gap = Finding(.captureGap, found: "9 bytes from the server")
        let written = lines((1...11).map(exceeding) + [gap, exceeding(3), exceeding(12), gap])
        #expect(written.count == 12)
        #expect(written[2].hasSuffix("×2"))
        #expect(written[10].contains("… and 2 more like it"))
        #expect(written[11].contains("9 bytes from the server") && written[11].hasSuffix("×2"))
    }
}
