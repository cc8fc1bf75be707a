import Text

/// All keys, made from the table that the keys are looked up in.
enum HelpView {
    static func lines(width: Int, _ look: Look) -> [Line] {
        let topics = Binding.Topic.allCases.map { topic($0, look) }
        guard width >= 130 else { return Array(topics.joined()) }
        // Two columns, cut where they come out most alike.
        let total = topics.reduce(0) { $0 + $1.count }
        var left: [Line] = []
        var right: [Line] = []
        for topic in topics { if left.count + topic.count / 2 <= total / 2, right.isEmpty { left += topic } else { right += topic } }
        return (0..<max(left.count, right.count)).map { index in
            var line = index < left.count ? left[index] : Line()
            line.pad(to: width / 2)
            if index < right.count { line.add(right[index]) }
            return line
        }
    }

    private static func topic(_ topic: Binding.Topic, _ look: Look) -> [Line] {
        var lines = [Line(" \(topic.rawValue)", .strong)]
        for binding in KeyMap.table where binding.topic == topic {
            var line = Line("  ")
            line.add(look.spelled(binding.keys.map { "\($0)" }.joined(separator: "  ")), .key)
            line.pad(to: 24)
            line.add(binding.help)
            lines.append(line)
        }
        return lines + [Line()]
    }
}
