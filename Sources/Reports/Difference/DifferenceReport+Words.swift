import Bytes
import Differences
import Text
import WebSocket

extension FoundDifference.Kind {
    /// How much it matters.
    var ink: Ink {
        switch self {
        case .status, .end, .missing, .added, .changed: .violation
        case .reordered, .finding, .subprotocol, .extensions, .request, .header, .late: .warning
        case .refragmented, .recompressed: .note
        }
    }
}

// What is said of one difference, for people.
extension FoundDifference {
    /// What kind of difference it is, in one or two words.
    var title: String {
        switch kind {
        case .header: side == .server ? "answer header" : "request header"
        case .finding: "finding"
        case .late: remark == "sooner" ? "sooner" : "late"
        default: kind.rawValue
        }
    }

    var ink: Ink { kind.ink }

    func sign(_ signs: Palette) -> StaticString {
        switch ink {
        case .violation: signs.violation
        case .warning: signs.warning
        default: signs.note
        }
    }

    var isOfMessage: Bool { kind.isOfMessage }

    /// `A frame 3, 5, 9`, with as many numbers as are asked for.
    func locationWords(limit: Int) -> String {
        func words(_ name: String, _ frames: [UInt64]) -> String? {
            guard !frames.isEmpty else { return nil }
            let shown = frames.prefix(limit).map { $0 == 0 ? "unfinished" : "\($0)" }.joined(separator: ", ")
            let more = count > UInt64(limit) && frames.count > 1 ? ", …" : ""
            return "\(name) frame \(shown)\(more)"
        }
        let inA = words("A", locations.compactMap(\.a?.frame))
        let inB = words("B", locations.compactMap(\.b?.frame))
        // Of several, where they stand in B follows from where they stand in A.
        if count > 1, let inA { return inA }
        return [inA, inB].compactMap { $0 }.joined(separator: ", ")
    }

    /// What is said of it in its row: a few words, and what there is in A and in B.
    var contents: RowContents {
        switch kind {
        case .end:
            guard let place = locations.first, let a = place.a, let b = place.b, let before, let after else { break }
            return RowContents(a: "\(before) after \(Quantity.duration(a.elapsed))", b: "\(after) after \(Quantity.duration(b.elapsed))")
        case .status, .subprotocol, .extensions, .request: return RowContents(a: before ?? "none", b: after ?? "none")
        case .header: return RowContents("\(subject): ", a: before, b: after)
        case .finding: return RowContents("\(subject) in \(before == nil ? "B" : "A") only")
        case .missing, .added: return RowContents((remark == "repeated" ? "again: " : "") + (before ?? after ?? ""))
        case .changed: return RowContents(remark ?? "")
        case .reordered: return RowContents(before ?? "")
        case .late: return RowContents((count > 1 ? "by up to " : "by ") + Quantity.duration(delay.map { $0 < 0 ? 0 &- $0 : $0 } ?? 0))
        case .refragmented: return RowContents(a: before, b: after)
        case .recompressed:
            return RowContents(
                "compressed \(subject): ", a: wireBytes.map { Quantity.size($0.a) }, b: wireBytes.map { Quantity.size($0.b) })
        }
        return RowContents(a: before, b: after)
    }

    /// What is unsure of it.
    var caution: String? {
        remark == "not-captured"
            ? "the other capture lacks bytes of this connection, or was cut by a limit: it may only not have been captured" : nil
    }
}

/// What a row says: words of its own, and what stands in A and in B.
struct RowContents {
    var words: String
    var a: String?
    var b: String?

    init(_ words: String = "", a: String? = nil, b: String? = nil) {
        self.words = words
        self.a = a
        self.b = b
    }

    init(_ part: ContentChange.Part) {
        self.init(part.path.isEmpty ? "" : "\(part.path): ", a: part.before, b: part.after)
    }

    /// All in one line.
    var line: String {
        switch (a, b) {
        case (let a?, let b?): "\(words)\(a) in A, \(b) in B"
        case (let a?, nil): "in A only: \(words)\(a)"
        case (nil, let b?): "in B only: \(words)\(b)"
        case (nil, nil): words
        }
    }
}
