import Bytes
import Channels

/// What a layer reported, by stream and direction, so that the order between them, which cutting may change, does not count.
struct LayerReports {
    private(set) var fault: String?
    private(set) var hasGivenUp = false
    private var reports: [String: [String]] = [:]

    var lines: [String] { reports.sorted { $0.key < $1.key }.flatMap { key, value in value.map { "\(key) \($0)" } } }

    /// True if the other direction can go on.
    mutating func note(_ output: borrowing LayerOutput, _ input: [UInt8]) -> Bool {
        var resumes = false
        for action in output.actions {
            switch action {
            case .deliver(let range, let isInput, let source, let stream, let direction):
                var end = range.upperBound - (isInput ? input.count : output.bytes.count)
                if case .input(let taken) = source { end = max(end, taken.upperBound - input.count) }
                guard end <= 0 else {
                    fault = "it delivers bytes that are not there"
                    continue
                }
                let bytes = isInput ? Array(input[range]) : output.bytes.span.extracting(range).copied()
                add(
                    "\(String(decoding: bytes.flatMap { [0x61 + $0 >> 4, 0x61 + $0 & 15] }, as: UTF8.self))", stream, direction, joins: true
                )
            case .gap(let gap, let stream, let direction): add("lacks \(gap)", stream, direction)
            case .head(let section, _, let stream, let direction): add("head \(section)", stream, direction)
            case .end(let stream, let direction, let abort, _): add("end \(abort.map { "\($0)" } ?? "")", stream, direction)
            case .drain(let stream, let direction): add("drains", stream, direction)
            case .warn(let abort, let stream, let direction): add("warns \(abort)", stream, direction)
            // Where units stand among the pieces that are handed over.
            case .part: break
            case .stall(let isStalled, let stream, let direction): add(isStalled ? "stalls" : "goes on", stream, direction)
            case .oddity(let oddity, let stream, let direction): add("\(oddity)", stream, direction)
            case .giveUp: hasGivenUp = true
            case .resume: resumes = true
            }
        }
        return resumes
    }

    private mutating func add(_ what: String, _ stream: UInt64?, _ direction: Direction, joins: Bool = false) {
        let key = "\(stream.map { "stream \($0)" } ?? "all") \(direction)"
        if joins, let last = reports[key]?.last, last.hasPrefix("bytes ") {
            reports[key]?.removeLast()
            reports[key]?.append(last + what)
        } else {
            reports[key, default: []].append(joins ? "bytes " + what : what)
        }
    }
}
