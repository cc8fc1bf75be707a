import Bytes
import Inspection
import System
import Text

/// What a live capture says on standard error until a WebSocket connection comes, so that silence is not taken for failure.
///
/// `wsray: listening on lo and eth0 · 0 WebSocket · 3 TLS connections`: on a terminal one line that is written anew as the counts grow,
/// and taken away before anything else is written. Elsewhere it is said once, without counts.
enum ListeningLine {
    private struct State {
        /// What the terminal shows in its last line; empty where nothing of it.
        var shown = ""
        var isSaid = false
        /// How many threads are writing something else just now: until they have, the line stays away.
        var writers = 0
        /// Milliseconds of the last time that it was written.
        var written: Int64 = 0
        /// Whose interfaces they are, if not this process's.
        var namespace: String?
    }

    /// An object, since an optimizing compiler (Swift 6.3) loses the constants that a global mutex of a structure begins with.
    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    private static let shared = Shared()

    /// Says of the interfaces whose they are.
    static func name(_ namespace: NamespaceChoice?) { shared.state.withLock { $0.namespace = namespace?.title } }

    /// Milliseconds between two writings.
    private static let interval: Int64 = 250

    /// Shows it as long as no WebSocket connection was seen.
    /// - Parameter milliseconds: until something else is due; negative for never.
    /// - Returns: milliseconds until it, or something else, is due.
    static func show(_ interfaces: String, _ summary: borrowing Summary, atMost milliseconds: Int32) -> Int32 {
        guard summary.connections == 0 else {
            // A command that shows nothing before the end leaves it there otherwise.
            shared.state.withLock { erase(&$0) }
            return milliseconds
        }
        guard Descriptor.standardError.isTerminal else {
            let isFirst = shared.state.withLock { state in
                defer { state.isSaid = true }
                return !state.isSaid
            }
            if isFirst { Output.remark("listening on \(words(interfaces))") }
            return milliseconds
        }
        let columns = Descriptor.standardError.windowSize?.columns ?? 80
        let text = fitted("wsray: listening on \(words(interfaces)) · \(counts(summary))", columns - 1)
        return shared.state.withLock { state in
            guard text != state.shown else { return milliseconds }
            let now = SystemClock.milliseconds
            let due = state.writers > 0 ? interval : state.written + interval - now
            guard due <= 0 || state.written == 0 && state.writers == 0 else {
                return milliseconds < 0 ? Int32(due) : min(milliseconds, Int32(due))
            }
            write("\r\(text)\u{1B}[K")
            state.shown = text
            state.written = now
            return milliseconds
        }
    }

    /// Takes it away while something else is written. The writer may be kept waiting by a slow reader, so it holds no lock meanwhile:
    /// the thread that reads the packets must not wait for it.
    static func away<Failure: Error>(while writing: () throws(Failure) -> Void) throws(Failure) {
        shared.state.withLock { state in
            erase(&state)
            state.writers += 1
        }
        defer { shared.state.withLock { $0.writers -= 1 } }
        try writing()
    }

    private static func erase(_ state: inout State) {
        guard !state.shown.isEmpty else { return }
        write("\r\u{1B}[K")
        state.shown = ""
    }

    private static func write(_ text: String) {
        var buffer = ByteBuffer()
        buffer.append(string: text)
        try? Descriptor.standardError.write(buffer.span)
    }

    // MARK: Words

    /// `lo`, `lo and eth0`, `lo, eth0 and eth1`, `any in container web`.
    private static func words(_ interfaces: String) -> String {
        let namespace = shared.state.withLock { $0.namespace }.map { " in \($0)" } ?? ""
        guard let comma = interfaces.lastIndex(of: ",") else { return interfaces + namespace }
        return "\(interfaces[..<comma]) and \(interfaces[interfaces.index(after: comma)...].drop { $0 == " " })\(namespace)"
    }

    /// What there is so far; nothing but packets is worth a count too, since it shows that the filter lets something through.
    private static func counts(_ summary: borrowing Summary) -> String {
        let tls = summary.readTLSFlows + summary.tlsFlows
        var parts = ["0 WebSocket"]
        if tls > 0 {
            parts.append(Quantity.counted(tls, "TLS connection"))
        } else if summary.flows > summary.datagramFlows {
            parts.append(Quantity.counted(summary.flows - summary.datagramFlows, "TCP connection"))
        } else {
            parts.append(Quantity.counted(summary.packets, "packet"))
        }
        return parts.joined(separator: " · ")
    }

    private static func fitted(_ text: String, _ columns: Int) -> String {
        text.count <= columns ? text : String(text.prefix(max(0, columns - 1))) + "…"
    }
}
