/// Figures drawn with block characters, or with ASCII where a terminal has no others.
enum Plot {
    private static let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    private static let letters: [Character] = [" ", ".", ".", ":", ":", "-", "=", "+", "#"]

    /// One row: the largest is full, and whatever is not zero shows.
    static func spark(_ values: [Int], isASCII: Bool) -> String {
        guard let most = values.max(), most > 0 else { return String(repeating: " ", count: values.count) }
        return String(values.map { value in (isASCII ? letters : blocks)[value == 0 ? 0 : max(1, value * 8 / most)] })
    }

    /// Several rows, top first, with eight steps in each.
    static func columns(_ values: [Int], rows: Int, most: Int, isASCII: Bool) -> [String] {
        let signs = isASCII ? letters : blocks
        return (0..<rows).map { row in
            let floor = (rows - 1 - row) * 8
            return String(
                values.map { value in
                    guard value > 0, most > 0 else { return " " }
                    let height = max(1, value * rows * 8 / most)
                    return signs[max(0, min(8, height - floor))]
                })
        }
    }

    /// A bar to the right.
    static func bar(_ value: Int, most: Int, width: Int, isASCII: Bool) -> String {
        guard value > 0, most > 0 else { return "" }
        if isASCII { return String(repeating: "#", count: max(1, value * width / most)) }
        let eighths = max(1, value * width * 8 / most)
        let parts: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        let rest = eighths % 8
        return String(repeating: "█", count: eighths / 8) + (rest > 0 ? String(parts[rest - 1]) : "")
    }
}
