import Bytes
import Inspection
import Subprotocols

/// The conversations of connections.
///
/// Each message looks one up, which counts no references: a conversation that is forgotten meanwhile lives until another one is.
@safe
@usableFromInline
struct ConversationTable {
    private var kept = ConnectionTable<Conversation>()
    /// The same, to be looked up.
    @usableFromInline var lent = unsafe ConnectionTable<Unmanaged<Conversation>>()
    private var forgotten: Conversation?

    init() {}

    subscript(connection: Connection) -> Conversation? {
        get { kept[connection] }
        set {
            if let before = kept[connection], before !== newValue { forgotten = before }
            kept[connection] = newValue
            // Invariant: what is lent is kept, or was forgotten last.
            unsafe lent[connection] = newValue.map { unsafe Unmanaged.passUnretained($0) }
        }
    }

    /// There are so many that those which were not asked for lately have left the processor's caches.
    @inlinable @inline(__always)
    var areMany: Bool { unsafe lent.noteCount > 64 }

    /// Fetches a connection's conversation, and then what it points to.
    @inlinable @inline(__always)
    func prefetch(_ connection: Connection, isNear: Bool) {
        guard let conversation = unsafe lent[connection] else { return }
        if isNear {
            // Invariant: it lives, as when it is lent.
            unsafe conversation._withUnsafeGuaranteedRef { $0.prefetchRequests() }
        } else {
            unsafe Prefetch.request(conversation.toOpaque(), byteCount: Conversation.hotByteCount)
        }
    }

    /// A connection's conversation, as long as a message is taken: one may be forgotten meanwhile.
    @inlinable @inline(__always)
    func lend(_ connection: Connection) -> Unmanaged<Conversation>? { unsafe lent[connection] }
}
