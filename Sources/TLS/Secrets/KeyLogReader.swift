import Bytes
import CCrypto

/// Reads the lines of a key log as they come (RFC 9850 §2), and adds their secrets to a store.
///
/// Lenient, as key logs are written by many programs: capital digits, CR LF, comments and garbage are no reason to stop.
public final class KeyLogReader {
    /// Longer lines are garbage.
    private static let longestLine = 4_096

    /// Labels that are kept of those that are not known.
    private static let shownLabelCount = 5

    private let store: KeyStore
    private let source: Int
    /// The beginning of a line whose end has not come.
    private var partial: [UInt8] = []
    private var isOverlong = false
    private var lineNumber = 0

    public init(into store: KeyStore, source: Int) {
        self.store = store
        self.source = source
        partial.reserveCapacity(Self.longestLine)
    }

    deinit { wipe(&partial) }

    /// Takes the next bytes of the log.
    public func take(_ bytes: Span<UInt8>) {
        var start = 0
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
            take(line: bytes.extracting(start..<index))
            start = index + 1
        }
        keep(bytes.extracting(start..<bytes.count))
    }

    /// The log has ended: its last line may lack an end.
    public func finish() { if !partial.isEmpty || isOverlong { take(line: Span()) } }

    private func keep(_ bytes: Span<UInt8>) {
        guard partial.count + bytes.count <= Self.longestLine else {
            isOverlong = true
            return
        }
        for index in bytes.indices { partial.append(bytes[index]) }
    }

    private func take(line rest: Span<UInt8>) {
        lineNumber += 1
        keep(rest)
        if isOverlong {
            noteBadLine()
        } else {
            read(partial.span)
        }
        wipe(&partial)
        partial.removeAll(keepingCapacity: true)
        isOverlong = false
    }

    private func noteBadLine() {
        let number = lineNumber
        store.note(source: source) {
            $0.badLineCount += 1
            if $0.firstBadLine == nil { $0.firstBadLine = number }
        }
    }

    /// The label is kept to be shown, unless it could be a part of a secret.
    private func note(unknown label: String) {
        let isHarmless = label.utf8.count <= 48 && label.contains("_") && label.utf8.allSatisfy { $0 < UInt8(ascii: "a") }
        store.note(source: source) {
            $0.unknownLineCount += 1
            guard isHarmless, $0.unknownLabels.count < Self.shownLabelCount, !$0.unknownLabels.contains(label) else { return }
            $0.unknownLabels.append(label)
        }
    }

    // MARK: One line

    private func read(_ line: Span<UInt8>) {
        let words = line.words
        guard let first = words.first, line[first.lowerBound] != UInt8(ascii: "#") else { return }
        let name = String(decoding: line.extracting(first).copied(), as: UTF8.self)
        guard let label = KeyLogLabel(rawValue: name) else {
            if KeyLogLabel.isOfNoUse(name) { return store.note(source: source) { $0.unusedLineCount += 1 } }
            let looksLikeLabel = words.count == 3 && name.utf8.allSatisfy { $0 == UInt8(ascii: "_") || $0 < 128 && $0 >= 48 }
            return looksLikeLabel ? note(unknown: name) : noteBadLine()
        }
        guard words.count == 3 else { return noteBadLine() }
        let (key, value) = (line.extracting(words[1]), line.extracting(words[2]))
        guard label == .rsa ? addRSA(key, value) : add(label, key, value) else { return noteBadLine() }
    }

    private func add(_ label: KeyLogLabel, _ key: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
        guard let random = key.hexDecoded(), random.count == Random.byteCount, let secret = value.hexSecret() else { return false }
        store.add(secret, label, of: Random(random.span), source: source)
        return true
    }

    /// `RSA <8 bytes of the encrypted premaster secret> <premaster secret>`, or `RSA Session-ID:<id> Master-Key:<master secret>`.
    private func addRSA(_ key: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
        if key.matches("Session-ID:"), value.matches("Master-Key:") {
            guard let id = key.extracting(11..<key.count).hexDecoded(), let master = value.extracting(11..<value.count).hexSecret()
            else { return false }
            store.add(master: master, sessionID: id, source: source)
            return true
        }
        guard let prefix = key.hexDecoded(), prefix.count == 8, let premaster = value.hexSecret() else { return false }
        store.add(premaster: premaster, encryptedPrefix: prefix.span.uint64BE(at: 0), source: source)
        return true
    }
}

extension Span<UInt8> {
    /// The ranges between blanks.
    fileprivate var words: [Range<Int>] {
        var words: [Range<Int>] = []
        var start: Int?
        for index in indices {
            let isBlank = self[index] == UInt8(ascii: " ") || self[index] == UInt8(ascii: "\t") || self[index] == UInt8(ascii: "\r")
            if !isBlank {
                if start == nil { start = index }
            } else if let begun = start {
                words.append(begun..<index)
                start = nil
            }
        }
        if let start { words.append(start..<count) }
        return words
    }

    /// The bytes that pairs of hexadecimal digits stand for; nil where there is anything else, or nothing.
    fileprivate func hexDecoded() -> [UInt8]? {
        guard count > 0, count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count / 2)
        for index in stride(from: 0, to: count, by: 2) {
            guard let high = self[index].hexDigitValue, let low = self[index + 1].hexDigitValue else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    /// The same as a secret; the copy in between is wiped.
    fileprivate func hexSecret() -> Secret? {
        guard count <= 2 * 256, var bytes = hexDecoded() else { return nil }
        let secret = Secret(bytes.span)
        wipe(&bytes)
        return secret
    }
}

extension UInt8 {
    fileprivate var hexDigitValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// Overwrites an array in a way that is not optimized away.
func wipe(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
}
