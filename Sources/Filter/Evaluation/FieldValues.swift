import Packets

/// The values that a field has of what is no frame. Asked for rarely, so it may allocate.
struct FieldValues {
    /// Numbers, or what stands for them.
    var numbers: [Int128] = []
    var addresses: [IPAddress] = []
    var texts: [String] = []

    /// Whether it is so of one of them.
    func holds(_ check: Check, _ matcher: inout PatternMatcher) -> Bool {
        switch check {
        case .isSet: return numbers.contains(1)
        case .isPresent: return !numbers.isEmpty || !addresses.isEmpty || !texts.isEmpty
        case .isWithin(let ranges): return numbers.contains { number in ranges.contains { $0.contains(number) } }
        case .isInNetwork(let networks): return addresses.contains { address in networks.contains { $0.contains(address) } }
        case .text(let check):
            for text in texts where check.holds(for: Array(text.utf8).span, &matcher) { return true }
            return false
        case .isAtTimeOfDay, .json: return false
        }
    }
}
