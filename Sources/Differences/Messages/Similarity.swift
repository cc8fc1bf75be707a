import WebSocket

/// How alike two messages are: by the words that they share.
struct Similarity {
    private let words: [Int]
    private let isControl: Bool
    private let operation: UInt64

    /// Words of a message that are looked at.
    private static let wordLimit = 200
    /// Thousandths of their words that messages share which are taken for the same.
    private static let least = 600

    init(_ message: ComparedMessage, in capture: ComparedCapture) {
        words = message.opcode == .binary ? [] : MessageKeys.words(capture.content(of: message), limit: Self.wordLimit)
        isControl = message.opcode.isControl
        operation = capture.operationDigest(of: message)
    }

    /// Thousandths of the words that both have; 0 for too few of them.
    static func of(_ a: Similarity, _ b: Similarity) -> Int {
        guard a.isControl == b.isControl, a.operation == b.operation, !a.words.isEmpty, !b.words.isEmpty else { return 0 }
        var (i, j, count) = (0, 0, 0)
        while i < a.words.count, j < b.words.count {
            if a.words[i] == b.words[j] {
                (i, j, count) = (i + 1, j + 1, count + 1)
            } else if a.words[i] < b.words[j] {
                i += 1
            } else {
                j += 1
            }
        }
        let share = 2_000 * count / (a.words.count + b.words.count)
        return share >= least ? share : 0
    }

    /// The pairs, in order, that are most alike taken together. Each is compared with each.
    static func best(_ a: [Similarity], _ b: [Similarity]) -> [(Int, Int)] {
        let width = b.count + 1
        var shares = [Int](repeating: 0, count: a.count * b.count)
        // The most that can be had from each pair of places on.
        var sums = [Int](repeating: 0, count: (a.count + 1) * width)
        for i in a.indices.reversed() {
            for j in b.indices.reversed() {
                let share = of(a[i], b[j])
                shares[i * b.count + j] = share
                let paired = share > 0 ? share + sums[(i + 1) * width + j + 1] : 0
                sums[i * width + j] = max(paired, sums[(i + 1) * width + j], sums[i * width + j + 1])
            }
        }
        var pairs: [(Int, Int)] = []
        var (i, j) = (0, 0)
        while i < a.count, j < b.count {
            let share = shares[i * b.count + j]
            if share > 0, sums[i * width + j] == share + sums[(i + 1) * width + j + 1] {
                pairs.append((i, j))
                (i, j) = (i + 1, j + 1)
            } else if sums[(i + 1) * width + j] >= sums[i * width + j + 1] {
                i += 1
            } else {
                j += 1
            }
        }
        return pairs
    }
}
