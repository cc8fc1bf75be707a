import Bytes
import Inspection
import Rules
import WebSocket

extension JSONLinesReport {
    /// The line `finding`.
    /// - Parameter frame: the frame that it is about, where there is one.
    mutating func append(_ finding: Finding, from side: Side?, in connection: Connection?, at instant: Timestamp, frame: Frame? = nil) {
        beginLine()
        output.append(json: #"{"type":"finding""#)
        if let connection { output.append(#","connection":"#, connection.number) }
        output.append(json: #","time":""#)
        // Only a connection knows the capture's precision.
        let digits = connection.map { Int($0.fractionDigits) } ?? (instant.nanoseconds % 1_000 == 0 ? 6 : 9)
        time.append(instant, digits: digits, to: &output)
        output.append(UInt8(ascii: "\""))
        if let side { output.append(#","from":"#, side.name) }
        if let frame {
            output.append(#","frame":"#, frame.number)
            output.append(packets: frame.packets)
        } else if let packet = finding.packet {
            output.append(#","packets":["#, packet)
            output.append(UInt8(ascii: "]"))
        }
        output.append(UInt8(ascii: ","))
        appendMembers(of: finding)
        output.append(json: "}\n")
    }

    /// The member `findings`.
    mutating func append(_ findings: [Finding]) {
        output.append(json: #","findings":["#)
        for (index, finding) in findings.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            output.append(UInt8(ascii: "{"))
            appendMembers(of: finding)
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "]"))
    }

    private mutating func appendMembers(of finding: Finding) {
        let entry = finding.rule.entry
        output.append(#""rule":"#, string: finding.rule.rawValue)
        output.append(#","severity":"#, entry.severity.name)
        if let section = entry.section { output.append(#","section":"#, section) }
        output.append(#","text":"#, entry.sentence)
        if let expected = finding.expected { output.append(#","expected":"#, string: expected) }
        if let found = finding.found { output.append(#","found":"#, string: found) }
    }
}
