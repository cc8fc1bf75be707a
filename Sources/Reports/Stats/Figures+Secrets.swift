import Chains
import Redaction
import Statistics

extension Figures {
    /// Removes secrets from all that is shown and came from the wire: URLs, paths and sessions.
    ///
    /// Only now, because figures are kept by what these were: two sessions are two, though neither may be shown.
    mutating func conceal(_ chains: inout ChainFigures, _ names: SecretNames) -> Removed {
        var removed = Removed()
        for place in chains.chains.indices {
            chains.chains[place].url = chains.chains[place].url.map { Self.shown($0, names, &removed) }
            chains.chains[place].hideWords()
        }
        for row in rows { row.url = row.url.map { Self.shown($0, names, &removed) } }
        for place in polling.indices {
            var key = polling[place].polling.key
            key.path = Self.shown(key.path, names, &removed)
            if let session = key.session, !session.isEmpty {
                removed.count([Secret(0..<session.utf8.count, .text, .url)])
                key.session = "\(Marker.text)"
            }
            polling[place].polling.key = key
        }
        for place in operations.indices {
            operations[place].key.name = Self.shown(text: operations[place].key.name, names, &removed)
            operations[place].key.type = String(
                decoding: Self.shown(text: Array(operations[place].key.type.utf8), names, &removed), as: UTF8.self)
        }
        return removed
    }

    private static func shown(text: [UInt8], _ names: SecretNames, _ removed: inout Removed) -> [UInt8] {
        var finder = SecretFinder(names)
        let secrets = finder.find(inText: text.span)
        removed.count(secrets)
        return secrets.isEmpty ? text : Array(Marker.replaced(secrets, in: text).utf8)
    }

    private static func shown(_ target: String, _ names: SecretNames, _ removed: inout Removed) -> String {
        var bytes = Array(target.utf8)
        // Half a secret does not look like one.
        let isCut = bytes.count >= ConnectionFigures.urlByteCount
        if isCut, let end = bytes.lastIndex(where: { "/?&=#;".utf8.contains($0) }) { bytes.removeSubrange((end + 1)...) }
        var finder = SecretFinder(names)
        let secrets = finder.find(inTarget: bytes.span)
        removed.count(secrets)
        return Marker.replaced(secrets, in: bytes) + (isCut ? "\(Marker.text)" : "")
    }
}
