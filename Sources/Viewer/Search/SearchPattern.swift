import Filter
import Verdicts

/// How what is searched for is written.
public enum SearchForm: Int, Hashable, Sendable, CaseIterable {
    case text
    case hex
    case regex

    var name: String {
        switch self {
        case .text: "text"
        case .hex: "hex"
        case .regex: "regex"
        }
    }

    var next: SearchForm { SearchForm(rawValue: rawValue + 1) ?? .text }
}

/// What is searched for.
struct SearchPattern: Sendable {
    enum Matcher: Sendable {
        case bytes(ByteSearch)
        case expression(Filter.Pattern)
    }

    let form: SearchForm
    let source: String
    let matcher: Matcher

    /// What it was made of, to tell one from another.
    struct Key: Hashable, Sendable {
        var source: String
        var form: SearchForm
    }

    var key: Key { Key(source: source, form: form) }

    /// Places that are shown to match, at most.
    static let placeLimit = 10_000

    /// Where it matches, one place behind the other.
    func places(in bytes: Span<UInt8>) -> [Range<Int>] {
        var places: [Range<Int>] = []
        var matcher: PatternMatcher?
        if case .expression = self.matcher { matcher = PatternMatcher() }
        var at = 0
        while at <= bytes.count, places.count < Self.placeLimit {
            let found: Range<Int>? =
                switch self.matcher {
                case .bytes(let search): search.firstMatch(in: bytes, from: at)
                case .expression(let expression): matcher?.firstMatch(of: expression, in: bytes, from: at)
                }
            guard let found else { break }
            if !found.isEmpty { places.append(found) }
            at = max(found.upperBound, found.lowerBound + 1, at + 1)
        }
        return places
    }

    struct Fault: Error {
        var message: String
    }

    init(_ source: String, _ form: SearchForm) throws(Fault) {
        self.source = source
        self.form = form
        switch form {
        case .text:
            let bytes = Array(source.utf8)
            // Small letters find capitals too, as with vim's `smartcase`.
            matcher = .bytes(ByteSearch(bytes, ignoresCase: !bytes.contains { (0x41...0x5A).contains($0) }))
        case .hex: matcher = .bytes(ByteSearch(try Self.bytes(hex: source), ignoresCase: false))
        case .regex:
            do throws(Filter.Pattern.Refusal) {
                matcher = .expression(try Filter.Pattern(source, flags: "", isText: true))
            } catch {
                throw Fault(message: error.reason)
            }
        }
    }

    private static func bytes(hex: String) throws(Fault) -> [UInt8] {
        var bytes: [UInt8] = []
        var high: UInt8?
        for scalar in hex.unicodeScalars where !" :,-".unicodeScalars.contains(scalar) {
            guard let digit = Character(scalar).hexDigitValue, scalar.isASCII else {
                throw Fault(message: "'\(Character(scalar))' is no hex digit")
            }
            if let first = high {
                bytes.append(first << 4 | UInt8(digit))
                high = nil
            } else {
                high = UInt8(digit)
            }
        }
        guard high == nil else { throw Fault(message: "hex digits come in pairs") }
        guard !bytes.isEmpty else { throw Fault(message: "no bytes to search for") }
        return bytes
    }
}
