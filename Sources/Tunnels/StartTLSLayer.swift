import Bytes
import Channels

/// Recognises protocols of lines that may change to TLS: SMTP (RFC 3207), IMAP and POP3 (RFC 2595), FTP (RFC 4217), XMPP (RFC 6120).
public struct StartTLSLayer: LayerFactory {
    public init() {}

    /// What servers of these protocols greet with.
    private static let greetings: [StaticString] = ["220 ", "220-", "* OK", "+OK"]

    public func recognize(_ bytes: Span<UInt8>, fromServer: Bool) -> Recognition {
        if !fromServer { return bytes.matchesBeginning(of: "<?xml") ?? bytes.matchesBeginning(of: "<stream") ?? .no }
        for greeting in Self.greetings { if let recognition = bytes.matchesBeginning(of: greeting) { return recognition } }
        return .no
    }

    public func makeLayer(isFromBeginning: Bool) -> any ByteLayer { StartTLSSession() }

    public func transport(over transport: String) -> String { transport }
}

/// Lines until one asks for TLS, and then the bytes of that.
final class StartTLSSession: ByteLayer {
    /// The client asked for TLS, and what it sends next is that, if the server agrees.
    private var isAsked = false
    private var isAgreed = false
    private var asking: Direction?

    private static let longestLine = 4_096

    func take(_ bytes: Span<UInt8>, from direction: Direction, into output: inout LayerOutput) -> Int {
        var taken = 0
        while taken < bytes.count {
            if isAsked, isAgreed || direction == asking {
                // The client waits for the answer before it says more.
                guard isAgreed else { return taken }
                output.deliver(taken..<bytes.count, direction)
                return bytes.count
            }
            let rest = bytes.extracting(taken..<bytes.count)
            guard let end = rest.lineEnd else {
                if rest.count > Self.longestLine { output.giveUp() }
                return taken
            }
            read(rest.extracting(0..<end), direction, &output)
            taken += end
        }
        return taken
    }

    func noteGap(_ gap: Gap, from direction: Direction, into output: inout LayerOutput) {
        if isAgreed { output.noteGap(gap, direction) } else { output.giveUp() }
    }

    private func read(_ line: Span<UInt8>, _ direction: Direction, _ output: inout LayerOutput) {
        if isAsked {
            isAgreed = line.isAgreement
            isAsked = isAgreed
            if let asking { output.resume(asking) }
        } else if line.asksForTLS {
            isAsked = true
            asking = direction
        }
    }
}

extension Span<UInt8> {
    /// Whether these bytes begin with a text; nil if they do not.
    fileprivate func matchesBeginning(of text: StaticString) -> Recognition? {
        let count = Swift.min(count, text.utf8CodeUnitCount)
        for index in 0..<count where unsafe self[index] != text.utf8Start[index] { return nil }
        return self.count < text.utf8CodeUnitCount ? .needsMore : .yes
    }

    /// The index after the end of the first line, or of the first element of XMPP.
    fileprivate var lineEnd: Int? {
        for index in indices where self[index] == UInt8(ascii: "\n") || self[index] == UInt8(ascii: ">") { return index + 1 }
        return nil
    }

    /// `STARTTLS`, `a1 STARTTLS`, `STLS`, `AUTH TLS`, `<starttls …>`.
    fileprivate var asksForTLS: Bool {
        contains("STARTTLS") || contains("STLS") || contains("AUTH TLS") || contains("AUTH SSL")
    }

    /// `220 …`, `234 …`, `+OK`, `a1 OK`, `<proceed …>`.
    fileprivate var isAgreement: Bool {
        matches("2") || matches("+OK") || contains(" OK") || contains("<PROCEED")
    }

    /// Whether a text in capitals is somewhere in these bytes, in any case.
    private func contains(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        for start in 0...count - length {
            var index = 0
            while index < length {
                let byte = self[start + index]
                let capital = byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") ? byte - 32 : byte
                guard unsafe capital == text.utf8Start[index] else { break }
                index += 1
            }
            if index == length { return true }
        }
        return false
    }
}
