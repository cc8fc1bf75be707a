import Rules
import Channels
import WebSocket

extension Judgement {
    /// What a browser would report if it were the client (RFC 6455 §7.1.4 to §7.1.7, WHATWG WebSockets "CloseEvent"); where those
    /// leave it open, what Chromium does.
    ///
    /// Nil while nothing is over, and if the server's Close frame may be among what the capture lacks.
    func judgeCloseEvent() -> Verdict.CloseEvent? {
        switch manner {
        case .unanswered where unknown != nil: return nil
        case .refused, .failed, .notUpgraded: return .abnormal
        case .unanswered: return isTransportOver || isNotHTTP ? .abnormal : nil
        case .forgotten, .stillOpen, .notRecorded, .reportedFailure: return nil
        case .closed, .closeUnanswered, .finWithoutClose, .reset: break
        }
        let close = facts.closes.close(from: .server)
        guard isTransportOver, !mayHaveClosed(.server), close?.isWhole != false else { return nil }
        if case .fin(.client, _) = trigger { return .abnormal }
        guard facts.handshakeFault == nil, let close, !isClientFailed(by: close) else { return .abnormal }
        // Whether the client received it, and answered, is not known.
        guard manner == .closed || !mayHaveClosed(.client) else { return nil }
        guard isReceived(close) else { return .abnormal }
        // A browser that has closed waits for the end of TCP, and does not accept a reset as one.
        let isBrokenOff = facts.reset?.by == .server && facts.server.fin == nil
        return Verdict.CloseEvent(code: close.code ?? .noStatus, wasClean: (manner == .closed || endsStreamInOrder) && !isBrokenOff)
    }

    /// The server sent Close and ended its stream in order, before the client did anything to it.
    ///
    /// Chromium cannot answer then, and takes that for a clean end (net/websockets/websocket_channel.cc, `OnReadDone`).
    var endsStreamInOrder: Bool {
        guard case .close(let close) = trigger, close.from == .server, facts.server.endKind == .stream, facts.server.abort == nil,
            let end = facts.server.fin
        else { return false }
        return facts.client.fin.map { end.number <= $0.number } ?? true
    }

    private func isReceived(_ close: CloseLog.Close) -> Bool {
        // A client that closed first and did not wait would have received the answer; one that was gone would not.
        if !facts.isServerCloseDelivered { return deaf != .client && facts.closes.first?.from == .client }
        // It arrived, but the client had not read it when it sent again: the reset that answered discarded it.
        let isTakenAway = facts.reset?.by == .server && facts.client.spokeAfterFin != nil && facts.closes.second == nil
        return !isTakenAway
    }

    /// The server made a browser fail the connection, by breaking a rule up to its Close frame or by sending frames after it.
    private func isClientFailed(by close: CloseLog.Close) -> Bool {
        if facts.server.http != nil { return true }
        if facts.server.frameCount > close.frameCount + 1 { return true }
        guard let fault = facts.server.firstFault, fault.mark.number <= close.mark.number else { return false }
        // Browsers accept every number as a code except those that must never be on the wire.
        return fault.rule != .closeCodeInvalid || [1005, 1006, 1015].contains(close.code?.rawValue)
    }

    private var isNotHTTP: Bool {
        switch facts.transport {
        case .notHTTP, .unreadHead(isTooLong: false): true
        default: false
        }
    }

    /// Nothing of what ends TCP, or its stream among others, came from either side.
    var isTransportOpen: Bool {
        Side.allCases.allSatisfy { facts[$0].fin == nil || facts[$0].endKind == .closeNotify && facts[$0].laterFin == nil }
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
