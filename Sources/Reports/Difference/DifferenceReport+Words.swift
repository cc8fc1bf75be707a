import Bytes
import Differences
import Text
import WebSocket

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

    var ink: Ink {
        switch kind {
        case .status, .end, .missing, .added, .changed: .violation
        case .reordered, .finding, .subprotocol, .extensions, .request, .header, .late: .warning
        case .refragmented, .recompressed: .note
        }
    }

    func sign(_ signs: Palette) -> StaticString {
        switch ink {
        case .violation: signs.violation
        case .warning: signs.warning
        default: signs.note
        }
    }

    /// It is about messages, and so about a direction.
    var isOfMessage: Bool {
        switch kind {
        case .missing, .added, .changed, .reordered, .late, .refragmented, .recompressed: true
        default: false
        }
    }

    /// `A frame 3, 5, 9`, with as many numbers as are asked for.
    func placeWords(limit: Int) -> String {
        func words(_ name: String, _ frames: [UInt64]) -> String? {
            guard !frames.isEmpty else { return nil }
            let shown = frames.prefix(limit).map { $0 == 0 ? "unfinished" : "\($0)" }.joined(separator: ", ")
            let more = count > UInt64(limit) && frames.count > 1 ? ", …" : ""
            return "\(name) frame \(shown)\(more)"
        }
        let inA = words("A", places.compactMap(\.a?.frame))
        let inB = words("B", places.compactMap(\.b?.frame))
        // Of several, where they stand in B follows from where they stand in A.
        if count > 1, let inA { return inA }
        return [inA, inB].compactMap { $0 }.joined(separator: ", ")
    }

    /// What is said of it in its row.
    func words(_ palette: Palette) -> String {
        switch kind {
        case .end, .status, .subprotocol, .extensions, .request: return "\(before ?? "none") in A, \(after ?? "none") in B"
        case .header:
            guard let before else { return "\(subject): \(after ?? "") in B only" }
            guard let after else { return "\(subject): \(before) in A only" }
            return "\(subject): \(before) in A, \(after) in B"
        case .finding: return "\(subject) in \(before == nil ? "B" : "A") only"
        case .missing, .added: return (remark == "repeated" ? "again: " : "") + (before ?? after ?? "")
        case .changed:
            if parts.isEmpty, let remark { return remark }
            return parts.first.map { Self.words($0) } ?? ""
        case .reordered: return before ?? ""
        case .late: return (count > 1 ? "by up to " : "by ") + Quantity.duration(delay.map { $0 < 0 ? 0 &- $0 : $0 } ?? 0)
        case .refragmented: return "\(before ?? "") in A, \(after ?? "") in B"
        case .recompressed:
            let sizes = wireBytes.map { "\(Quantity.size($0.a)) in A, \(Quantity.size($0.b)) in B" } ?? ""
            return "compressed \(subject): \(sizes)"
        }
    }

    static func words(_ part: ContentChange.Part) -> String {
        let path = part.path.isEmpty ? "" : "\(part.path): "
        guard let before = part.before else { return "\(path)\(part.after ?? "") in B only" }
        guard let after = part.after else { return "\(path)\(before) in A only" }
        return "\(path)\(before) in A, \(after) in B"
    }

    /// What is unsure of it.
    var caution: String? {
        remark == "not-captured" ? "the other capture lacks bytes of this connection, or was cut by a limit: it may only not have been captured" : nil
    }
}
