/// What may have been meant by a word that is not known.
public enum Suggestion {
    /// The nearest of `candidates`; nil where none is near enough to be a slip of the fingers.
    public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let written = Array(word.lowercased().utf8.prefix(64))
        // Of one or two letters nearly everything is near.
        let limit = written.count < 3 ? 0 : max(1, written.count / 3)
        var best: (distance: Int, candidate: String)?
        for candidate in candidates {
            let other = Array(candidate.lowercased().utf8)
            let isBegun = limit > 0 && other.starts(with: written)
            guard isBegun || abs(other.count - written.count) <= limit else { continue }
            let distance = isBegun ? 1 : Self.distance(written, other)
            guard distance <= limit else { continue }
            // Of equally near ones the first in the alphabet, so that it is always the same.
            if let best, (best.distance, best.candidate) < (distance, candidate) { continue }
            best = (distance, candidate)
        }
        return best?.candidate
    }

    /// Letters added, left out, changed, or swapped with their neighbour.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for (row, letter) in a.enumerated() {
            var current = [row + 1]
            for (column, other) in b.enumerated() {
                var least = min(last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == b[column - 1], a[row - 1] == other {
                    least = min(least, beforeLast[column - 1] + 1)
                }
                current.append(least)
            }
            beforeLast = last
            last = current
        }
        return last[b.count]
    }
}
