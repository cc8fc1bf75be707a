import Bytes

// Command lines that log in: passwords stand behind options that say nothing by themselves.
extension SecretFinder {
    /// An option behind which a password stands, and the programs that mean that by it.
    private struct PasswordOption {
        var name: StaticString
        var programs: [StaticString]
        /// It may stand in the same word: `-pPASSWORD`.
        var isJoined = false
        /// What follows is `NAME:PASSWORD`, of which the name stays.
        var hasName = false
    }

    private static let options = [
        PasswordOption(name: "-u", programs: ["curl"], isJoined: true, hasName: true),
        PasswordOption(name: "-U", programs: ["curl"], isJoined: true, hasName: true),
        PasswordOption(name: "--user", programs: ["curl"], hasName: true),
        PasswordOption(name: "--proxy-user", programs: ["curl"], hasName: true),
        PasswordOption(name: "-p", programs: ["mysql", "mysqldump", "mysqladmin", "mariadb", "sshpass", "7z", "7za"], isJoined: true),
        PasswordOption(name: "-P", programs: ["unzip", "zip", "mosquitto_pub", "mosquitto_sub"]),
        PasswordOption(name: "-a", programs: ["redis-cli"]),
        PasswordOption(name: "-w", programs: ["ldapsearch", "ldapmodify", "ldapadd"]),
    ]

    /// Bytes of a line in which the program's name is looked for.
    private static let reach = 256

    /// The password behind the option that `word` is, or in it.
    func passwordOfCommand(_ word: Range<Int>, in text: Span<UInt8>, upTo end: Int) -> Range<Int>? {
        guard word.count >= 2, text[word.lowerBound] == UInt8(ascii: "-") else { return nil }
        for option in Self.options {
            let count = option.name.utf8CodeUnitCount
            guard word.count >= count, text.matches(option.name, at: word.lowerBound) else { continue }
            let isWhole = word.count == count
            guard isWhole || option.isJoined, hasProgram(option.programs, before: word.lowerBound, in: text) else { continue }
            var start = word.lowerBound + count
            if isWhole {
                guard start < end, text[start] == 0x20 || text[start] == UInt8(ascii: "=") else { continue }
                // `mysql -p` asks for it, and what follows is the database.
                if option.isJoined, !option.hasName, !hasProgram(["sshpass"], before: word.lowerBound, in: text) { continue }
                start += 1
            }
            let argument = self.argument(in: text, at: start, upTo: end)
            guard option.hasName else { return argument.isEmpty ? nil : argument }
            guard let colon = text.first(UInt8(ascii: ":"), in: argument), colon + 1 < argument.upperBound else { continue }
            return colon + 1..<argument.upperBound
        }
        return nil
    }

    /// To the next blank, or to the end of its quotation marks.
    private func argument(in text: Span<UInt8>, at start: Int, upTo end: Int) -> Range<Int> {
        guard start < end else { return start..<start }
        let quote = text[start]
        let isQuoted = quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
        let first = isQuoted ? start + 1 : start
        var place = first
        while place < end, text[place] != 0x0A,
            isQuoted ? text[place] != quote : !text[place].isBlank && text[place] != UInt8(ascii: "\"") && text[place] != UInt8(ascii: "\\")
        { place += 1 }
        return first..<place
    }

    /// Whether one of the names is a word of the line, before a place in it.
    private func hasProgram(_ names: [StaticString], before place: Int, in text: Span<UInt8>) -> Bool {
        var start = place
        while start > 0, place - start < Self.reach, text[start - 1] != 0x0A { start -= 1 }
        for candidate in start..<place where text[candidate].isLetterOrDigit && (candidate == 0 || !text[candidate - 1].isLetterOrDigit) {
            for name in names {
                let end = candidate + name.utf8CodeUnitCount
                guard end < place, text.matches(name, at: candidate) else { continue }
                if !text[end].isLetterOrDigit { return true }
            }
        }
        return false
    }
}
