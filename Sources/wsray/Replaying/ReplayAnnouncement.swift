import Bytes
import HTTP
import Inspection
import Replay
import System
import Text
import WebSocket

/// What is said of a conversation before it is played.
enum ReplayAnnouncement {
    /// Messages that are listed of one.
    private static let messageLimit = 1_000
    private static let keyInPlace = "(new)"

    /// - Parameters:
    ///   - script: as it is to be shown.
    ///   - isWhole: with all heads and messages.
    ///   - isRedacted: it has no secrets, and what the user puts in may be some.
    static func show(
        _ script: Script, _ peer: PeerOptions, _ values: Values, _ changes: [FieldChange], isWhole: Bool, isRedacted: Bool
    ) {
        let values = isRedacted ? Values([]) : values
        let changes = isRedacted ? changes.map(\.redacted) : changes
        let side = peer.side
        let own = script.lines.filter { $0.from == side }
        let bytes = own.reduce(UInt64(0)) { $0 + UInt64($1.content.count) }
        let what = "\(Quantity.counted(UInt64(own.count), "message")), \(Quantity.size(bytes))"
        let number = script.connection.number
        guard let target = peer.to else {
            let path = script.connection.request?.target ?? ""
            remark("connection \(number), \(path): \(what) to whoever connects to \(peer.listen.map { "\($0)" } ?? "")")
            if isWhole { list(own, values) }
            return
        }
        guard let request = script.request(to: target, key: keyInPlace, changes, values) else { return }
        // A query of the user's own may have a secret, too.
        let shown = isRedacted && target.target != nil ? String(request.target.prefix { $0 != "?" }) : request.target
        remark("connection \(number): sending \(request.method) \(shown) and \(what) to \(target.url(shown))")
        guard isWhole else { return }
        for header in request.headers { line("\(header.name): \(header.value)") }
        list(own, values)
    }

    private static func list(_ own: [Script.Line], _ values: Values) {
        for one in own.prefix(messageLimit) {
            var shown = one
            if one.opcode == .text { shown.content = values.replaced(in: one.content) }
            line(shown.words)
        }
        if own.count > messageLimit { line("and \(Quantity.count(own.count - messageLimit)) more") }
    }

    private static func line(_ text: String) { remark("  \(text)") }

    /// Says something that has bytes from the wire in it.
    static func remark(_ text: String) { Output.remark(SafeText.escaping(text)) }
}

extension FieldChange {
    fileprivate var redacted: FieldChange {
        var change = self
        if value != nil { change.value = "[redacted]" }
        return change
    }
}
