import Bytes
import Rules
import Subprotocols
import Waits
import WebSocket

/// What an inspection reports, as it learns it.
///
/// Frames, of which there are many, have a method of their own; everything else is an `Event`.
public protocol EventSink: ~Copyable {
    /// A frame ended. Spans are lent for the call.
    /// - Parameters:
    ///   - payload: its payload unmasked, as far as it was kept; for a compressed message, the bytes as on the wire.
    ///   - message: the message that it ends, if any; `content` is the content of that.
    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection)

    /// A frame ended of which there is nothing more to say. Taken as any other unless a sink has a shorter way.
    mutating func frame(plain: PlainFrame, payload: Span<UInt8>, of connection: Connection)

    /// A frame ended a message whose meaning in its protocol is known. Taken as any other unless a sink shows meanings.
    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection)

    /// The same of a plain frame.
    mutating func frame(plain: PlainFrame, payload: Span<UInt8>, meaning: borrowing Meaning, of connection: Connection)

    /// Something else happened.
    mutating func note(_ event: Event)

    /// A connection opened or ended, or an attempt came to nothing, that is not to be shown: for what is said of those that are.
    mutating func noteOmitted(_ event: Event)

    /// A TCP segment came, and what it brings follows. Of no interest to most.
    ///
    /// Of all flows with `Inspector.Options.reportsTransport`, of those that streams share with `Inspector.Options.measuresTraffic`.
    mutating func transport(_ mark: TransportMark)

    /// A plain frame of a connection comes soon, and then again when it is near: what it needs may be fetched from memory meanwhile.
    func expect(_ connection: Connection, isNear: Bool)

    /// Nothing more is wanted: reading the input may stop.
    var hasEnough: Bool { get }
}

/// What an inspection reports besides frames.
public enum Event: Sendable {
    /// An upgrade was granted, refused or given up, or frames were found without one.
    case opened(Connection)
    /// A message will never end: its connection has ended, its frames are lost, or another message began.
    indirect case abandoned(Message, content: [UInt8], of: Connection)
    /// A finding that is not about a single frame.
    indirect case found(Finding, from: Side?, in: Connection?, at: Timestamp)
    /// An HTTP request that asked for no WebSocket was answered, or will not be; only with `Inspector.Options.measuresTraffic`.
    indirect case exchanged(Exchange)
    /// A body of an exchange where Engine.IO polls has ended; only with `Inspector.Options.reportsPolling`.
    indirect case polled(PolledBody)
    /// A connection has ended whose content could not be read.
    indirect case encrypted(EncryptedConnection)
    /// A TCP connection has ended that came to nothing, and may have been meant for a WebSocket.
    indirect case attempted(TransportAttempt)
    /// A TCP connection has ended that streams shared; only with `Inspector.Options.measuresTraffic`.
    case shared(SharedFlow)
    /// Where something stands that `Inspector.place` does not say; only with `Inspector.Options.locates`.
    case located(Location)
    /// What is spoken inside a connection was recognised, or turned out to be something else.
    indirect case spoke(ProtocolNote, in: Connection, at: Timestamp)
    /// Nothing more comes of a connection.
    indirect case ended(ConnectionEnd)
}

extension EventSink where Self: ~Copyable {
    @inlinable public mutating func noteOmitted(_ event: Event) {}

    @inlinable public mutating func transport(_ mark: TransportMark) {}

    @inlinable public func expect(_ connection: Connection, isNear: Bool) {}

    @inlinable
    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        self.frame(frame, payload: payload, ending: message, content: content, of: connection)
    }

    @inlinable
    public mutating func frame(plain: PlainFrame, payload: Span<UInt8>, meaning: borrowing Meaning, of connection: Connection) {
        frame(Frame(plain), payload: payload, ending: Message(plain), content: payload, meaning: meaning, of: connection)
    }
}

/// What is said of the protocol inside a connection.
public enum ProtocolNote: Sendable {
    case recognised(StaticString, Conversation.Evidence)
    /// The session began by polling, or says more that way while its WebSocket opens: totals so far, and packets since the last time.
    case polled(StaticString, PolledSession)
    /// From this message on it is read as no protocol.
    case abandoned(StaticString, message: UInt64)
    /// The connection ends, and these requests were not answered.
    case unanswered(StaticString, UnansweredRequests)
}
