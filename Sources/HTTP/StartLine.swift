import Bytes

/// The first line of a head, which is all that requests and responses differ in.
protocol StartLine: Sendable, Equatable {
    /// Whether empty lines may come before it (RFC 9112 §2.2: before a request line only).
    static var mayFollowEmptyLines: Bool { get }
    /// Nil when `line`, given without its line end, is none.
    init?(_ line: Span<UInt8>)
    /// What was understood although the grammar forbids it.
    var oddities: HeadOddities { get }
}

/// `method SP request-target SP HTTP-version` (RFC 9112 §3).
///
/// A target with spaces in it is kept whole: the method ends at the first blank, the version begins behind the last.
struct RequestLine: StartLine {
    static let mayFollowEmptyLines = true

    var method: String
    var target: String
    var version: String
    var oddities: HeadOddities = []

    init?(_ line: Span<UInt8>) {
        let words = line.trimmingBlanks
        guard let methodEnd = words.firstBlank, let versionStart = words.lastBlank else { return nil }
        let method = words.extracting(0..<methodEnd)
        let target = words.extracting(methodEnd..<versionStart).trimmingBlanks
        let version = words.extracting(versionStart + 1..<words.count)
        guard method.isToken, !target.isEmpty, version.isVersion else { return nil }
        self.method = method.text
        self.target = target.text
        self.version = version.text
        let single = method.count + 1 + target.count + 1 + version.count
        if line.count != single || target.firstBlank != nil || words[methodEnd] != .space || words[versionStart] != .space {
            oddities.insert(.looseStartLine)
        }
        if !version.matches("HTTP") { oddities.insert(.versionOrStatus) }
    }
}

/// `HTTP-version SP status-code SP [ reason-phrase ]` (RFC 9112 §4), the last space being left out by some servers.
struct StatusLine: StartLine {
    static let mayFollowEmptyLines = false

    var version: String
    var status: Int
    var reason: String
    var oddities: HeadOddities = []

    init?(_ line: Span<UInt8>) {
        guard let versionEnd = line.firstBlank, line.extracting(0..<versionEnd).isVersion else { return nil }
        var start = versionEnd
        while start < line.count, line[start].isBlank { start += 1 }
        if start - versionEnd != 1 || line[versionEnd] != .space { oddities.insert(.looseStartLine) }
        // Whoever reads a number does not mind zeros in front of it.
        while start + 3 < line.count, line[start] == UInt8(ascii: "0"), line[start + 3].isDigit {
            oddities.insert(.versionOrStatus)
            start += 1
        }
        guard line.count - start >= 3 else { return nil }
        status = 0
        for offset in start..<start + 3 {
            guard line[offset].isDigit else { return nil }
            status = status * 10 + Int(line[offset] - UInt8(ascii: "0"))
        }
        let statusEnd = start + 3
        guard statusEnd == line.count || line[statusEnd].isBlank else { return nil }
        version = line.extracting(0..<versionEnd).text
        reason = statusEnd < line.count ? Self.reason(line.extracting(statusEnd + 1..<line.count)) : ""
        if statusEnd == line.count || line[statusEnd] != .space { oddities.insert(.looseStartLine) }
        if !line.matches("HTTP") { oddities.insert(.versionOrStatus) }
    }

    /// The one that each open connection keeps takes no memory of its own.
    private static func reason(_ words: Span<UInt8>) -> String {
        words.count == 19 && words.matches("Switching Protocols") ? "Switching Protocols" : words.text
    }
}

extension Span where Element == UInt8 {
    /// `HTTP/` DIGIT `.` DIGIT (RFC 9112 §2.3), whatever the case of the name.
    fileprivate var isVersion: Bool {
        count == 8 && beginsWithHTTP && self[4] == UInt8(ascii: "/") && self[5].isDigit && self[6] == UInt8(ascii: ".") && self[7].isDigit
    }

    /// `HTTP` in letters of either case.
    var beginsWithHTTP: Bool {
        count >= 4 && self[0].lowercased == UInt8(ascii: "h") && self[1].lowercased == UInt8(ascii: "t")
            && self[2].lowercased == UInt8(ascii: "t") && self[3].lowercased == UInt8(ascii: "p")
    }

    fileprivate var firstBlank: Int? {
        for offset in indices where self[offset].isBlank { return offset }
        return nil
    }

    fileprivate var lastBlank: Int? {
        for offset in indices.reversed() where self[offset].isBlank { return offset }
        return nil
    }
}
