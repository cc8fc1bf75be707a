import Channels
import TLS

// Why what the connection carries cannot be read.
extension QUICConnection {
    var opacity: Opacity? {
        if isForeign { return foreign }
        guard let reason else { return nil }
        var opacity = reason.opacity(store, suite: answer?.suite)
        // `wsray run` captures TCP only.
        if case .noKeys = reason { opacity.advice = "Run the client with SSLKEYLOGFILE=keys.txt and give the file with --keys keys.txt." }
        switch reason {
        case .handshakeUnfinished(let isAnswered): if !isAnswered { opacity.missingAnswer = .nothing }
        case .refused(let alert): if answer == nil { opacity.missingAnswer = .refusal(alert.name, advice: alert.advice) }
        default: break
        }
        return opacity
    }

    /// Another application protocol: that is certain, and nothing is lost.
    private var foreign: Opacity {
        let name = security.applicationProtocol ?? security.offeredProtocols.first ?? ""
        var opacity = Opacity(reason: "other-protocol", text: "it carries another protocol than HTTP/3: \(name)", advice: nil)
        opacity.isOfNoInterest = true
        return opacity
    }

    private var reason: OpaqueReason? {
        switch (fromLow.phases == nil, fromHigh.phases == nil) {
        case (false, false): nil
        case (true, true): reason(of: server) ?? reason(of: sender(client)) ?? reasonOfUnfinishedHandshake
        case (true, false): reason(of: fromLow).map { .oneDirection($0) }
        case (false, true): reason(of: fromHigh).map { .oneDirection($0) }
        }
    }

    /// Why packets of an end were not opened; nil where none was, or where nothing says why.
    private func reason(of sender: Sender) -> OpaqueReason? {
        if refusal != nil, fromLow.phases == nil, fromHigh.phases == nil { return nil }
        if let misfit = sender.misfit { return misfit }
        return sender.unopenedCount > 0 && hello == nil ? .handshakeLost : nil
    }

    private var reasonOfUnfinishedHandshake: OpaqueReason {
        if let refusal { return .refused(refusal) }
        let isLost = hello == nil || isAnswered && answer == nil
        return isLost ? .handshakeLost : .handshakeUnfinished(isAnswered: answer != nil)
    }

    /// What the key log lacks for this connection.
    func reasonOfMissingSecrets(_ label: KeyLogLabel) -> OpaqueReason {
        if store.isEmpty { return .noKeys }
        let labels = hello.map { hello in store.items(of: hello.random).map(\.label) } ?? []
        if labels.isEmpty { return .noLine }
        let hasTraffic = labels.contains(.clientTraffic) || labels.contains(.serverTraffic)
        return hasTraffic || label == .clientEarly ? .lineMissing(label) : .handshakeOnly
    }
}
