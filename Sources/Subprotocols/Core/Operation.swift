import Bytes

/// What one message, or a part of it, does in the words of its protocol.
///
/// Plain values; its texts are ranges in the `Meaning` that it stands in.
public struct Operation: Sendable {
    public enum Role: UInt8, Sendable, BitwiseCopyable, CaseIterable {
        /// Something to be answered.
        case request
        /// What answers it, and ends it.
        case response
        /// Something that answers nothing, and is not answered.
        case event
        /// One of several answers to a request.
        case stream
        case heartbeat
        /// How the two sides agree to speak, or to stop.
        case setup
        /// An answer that refuses, or a complaint that belongs to no request.
        case error

        public var name: StaticString {
            switch self {
            case .request: "request"
            case .response: "response"
            case .event: "event"
            case .stream: "stream"
            case .heartbeat: "heartbeat"
            case .setup: "setup"
            case .error: "error"
            }
        }
    }

    public enum Status: UInt8, Sendable, CaseIterable {
        case ok
        case error

        public var name: StaticString { self == .ok ? "ok" : "error" }
    }

    /// Bytes of the meaning's text.
    public struct Text: Sendable, Equatable {
        public var start: Int32 = 0
        public var count: Int32 = 0

        /// No text; others are made with their `Meaning`.
        public init() {}

        init(start: Int32, count: Int32) {
            self.start = start
            self.count = count
        }

        public var isEmpty: Bool { count == 0 }
        public var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
    }

    public var role: Role
    /// The protocol's own word.
    public var type: StaticString
    /// In place of `type`, where applications choose the words.
    public var word = Text()
    /// What is called, subscribed to or told: a method, a topic. Of an answer, the request's.
    public var name = Text()
    /// What belongs to the name and does not make another of it: arguments, a namespace, a client's name.
    public var detail = Text()
    /// What tells it apart from others of its kind.
    public var id = Text()
    /// Of answers; nil where the protocol does not say.
    public var status: Status?
    /// What is wrong, in the peer's words.
    public var reason = Text()
    /// A value that is not text, as JSON.
    public var value = Text()
    /// The message with the request that this answers, or the packet that came by polling (`MessageFacts.polled`); 0 if there is none.
    public var request: UInt64 = 0
    /// The type of that request, and the word in its place where applications choose the words.
    public var requestType: StaticString = ""
    public var requestWord = Text()
    /// That request has no name, and this has one.
    public var isRequestUnnamed = false
    /// It may be answered, also where it answers another.
    public var isAsking = false
    /// It is of a kind that answers, whether its request was seen or not.
    public var isAnswering = false
    /// Nothing answered that request before.
    public var isFirstAnswer = false
    /// Nanoseconds since then; nil if there is none.
    public var latency: Int64?
    /// The first message of those that it came in; 0 if it is the one that ends it.
    public var firstMessage: UInt64 = 0

    /// Where the first of its texts begins.
    var textStart: Int32? {
        [word, name, detail, id, reason, value, requestWord].lazy.filter { !$0.isEmpty }.map(\.start).min()
    }

    init(_ role: Role, _ type: StaticString) {
        self.role = role
        self.type = type
    }

    /// Makes another operation of it, as `init` does; in place, which takes half as long.
    @inline(__always)
    mutating func begin(_ role: Role, _ type: StaticString) {
        self.role = role
        self.type = type
        (word, name, detail, id) = (Text(), Text(), Text(), Text())
        (reason, value, requestWord) = (Text(), Text(), Text())
        status = nil
        request = 0
        requestType = ""
        isRequestUnnamed = false
        isAsking = false
        isAnswering = false
        isFirstAnswer = false
        latency = nil
        firstMessage = 0
    }
}
