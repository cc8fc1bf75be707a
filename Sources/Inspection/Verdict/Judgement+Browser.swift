import Streams
import WebSocket

extension Judgement {
    /// What a browser in the client's place would report (RFC 6455 §7.1.4 to §7.1.7, WHATWG WebSockets "CloseEvent").
    ///
    /// nil while nothing is over, and where the server's Close frame may be among what the capture lacks.
    var closeEvent: Verdict.CloseEvent? {
        switch manner {
        case .refused, .failed, .notUpgraded: return .abnormal
        case .unanswered: return isTransportOver || facts.transport == .notHTTP ? .abnormal : nil
        case .forgotten, .stillOpen: return nil
        case .closed, .closeUnanswered, .finWithoutClose, .reset: break
        }
        guard isTransportOver, !mayHaveClosed(.server), facts.closes.close(from: .server)?.isWhole != false else { return nil }
        guard facts.handshakeFault == nil, let close = facts.closes.close(from: .server), isReceived(close),
            !isClientFailed(before: close)
        else { return .abnormal }
        return Verdict.CloseEvent(code: close.code ?? .noStatus, wasClean: manner == .closed)
    }

    /// A client that closed first and did not wait for the answer would have received it; one that was gone would not.
    private func isReceived(_ close: CloseLog.Close) -> Bool {
        facts.isServerCloseDelivered || deaf != .client && facts.closes.first?.from == .client
    }

    /// The server broke a rule no later than in its Close frame, so that a browser would have failed the connection.
    private func isClientFailed(before close: CloseLog.Close) -> Bool {
        facts.server.firstFault.map { $0.mark.number <= close.mark.number } ?? false
    }

    private var isTransportOver: Bool { facts.reset != nil || facts.client.fin != nil || facts.server.fin != nil }
}

extension Verdict.CloseEvent {
    static let abnormal = Verdict.CloseEvent(code: .abnormal, wasClean: false)
}

extension CloseCode {
    /// Never on the wire (RFC 6455 §7.1.5).
    static let noStatus = CloseCode(rawValue: 1005)
    static let abnormal = CloseCode(rawValue: 1006)
}
