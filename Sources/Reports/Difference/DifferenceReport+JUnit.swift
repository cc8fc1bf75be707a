import Bytes
import Differences
import Inspection

// The differences for CI systems: one test case for each connection of A, which fails where anything differs.
extension DifferenceReport {
    /// Writes JUnit XML. What differs stands in it as in text, so the palette is to be one without colours.
    /// - Parameter failure: why not all of it could be compared.
    public mutating func writeJUnit(failure: String?) {
        let pairs = difference.pairs.sorted { $0.a < $1.a }
        let failures = pairs.count { !$0.isEmpty || remarks(of: $0.a) != nil } + difference.onlyA.count
        output.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n")
        output.append(
            string:
                "<testsuite name=\"wsray replay\" tests=\"\(pairs.count + difference.onlyA.count)\" failures=\"\(failures)\" errors=\"\(failure == nil ? 0 : 1)\">\n"
        )
        for pair in pairs {
            beginCase(pair.a)
            let remarks = remarks(of: pair.a)
            if !pair.isEmpty || remarks != nil {
                var before = ByteBuffer()
                swap(&before, &output)
                for remark in remarks ?? [] { output.append(string: remark + "\n") }
                if !pair.isEmpty { write(pair, others: 0) }
                swap(&before, &output)
                output.append("<failure message=\"not as in the capture\">")
                output.append(xml: before.span)
                output.append("</failure>")
            }
            output.append("</testcase>\n")
        }
        for index in difference.onlyA {
            beginCase(index)
            output.append("<failure message=\"not as in the capture\">")
            for remark in remarks(of: index) ?? ["not played"] { output.append(xml: Array((remark + "\n").utf8).span) }
            output.append("</failure></testcase>\n")
        }
        if let failure {
            output.append("<system-err>")
            output.append(xml: Array(failure.utf8).span)
            output.append("</system-err>\n")
        }
        output.append("</testsuite>\n</testsuites>\n")
    }

    private mutating func beginCase(_ index: Int) {
        let connection = difference.a.connections[index].connection
        output.append("<testcase classname=\"wsray\" name=\"")
        output.append(xml: Array("#\(connection.number)\(connection.url.map { " \($0)" } ?? "")".utf8).span)
        output.append("\">")
    }

    private func remarks(of index: Int) -> [String]? {
        let number = difference.a.connections[index].connection.number
        let found = sources.b.remarks.filter { $0.connection == number }.map(\.text)
        return found.isEmpty ? nil : found
    }
}
