import Bytes

/// Finds where a packet ends whose bytes come in pieces, and looks at each byte once.
protocol PacketSearch {
    init()

    /// Takes the next bytes of the packet, with which others may follow.
    /// - Parameter head: the packet from its beginning, as far as it is kept: up to the end of the piece, or to `Carry.limit`.
    mutating func end(in piece: Span<UInt8>, of head: Span<UInt8>) -> PacketEnd
}

enum PacketEnd {
    /// Within the piece.
    case at(Int)
    /// Not among the bytes so far.
    case later
    /// No packet begins so.
    case foreign
}

/// The packets of a side, where packets need not end with messages. Bounded: of a long one, the beginning is kept.
struct Carry<Search: PacketSearch>: ~Copyable {
    /// What a packet begins with of which the end has not come.
    private var bytes = ByteBuffer()
    /// The message in which it begins; 0 where there is none.
    private var firstMessage: UInt64 = 0
    private var startTime: Int64 = 0
    private var search = Search()
    /// Bytes were missing, and no packet was whole since: where packets begin is a guess.
    private var isGuessing = false

    static var limit: Int { 1 << 20 }

    /// Takes the packets that end in a message.
    /// - Parameter decode: says what a packet means, of which there is the beginning if it is long; false where it is none.
    @inline(__always)
    mutating func take(
        _ content: Span<UInt8>, _ dialogue: inout Dialogue, _ decode: (Span<UInt8>, Search, inout Dialogue) -> Bool
    ) -> Fit {
        var position = 0
        if firstMessage != 0 {
            let (fit, end) = proceed(content, &dialogue, decode)
            guard let end else { return fit }
            position = end
        }
        while position < content.count {
            let rest = content.extracting(position..<content.count)
            var search = Search()
            switch search.end(in: rest, of: rest) {
            case .foreign: return .foreign
            case .later:
                if dialogue.message.isWhole { keep(rest, search, dialogue.message) } else { isGuessing = true }
                return .fits
            case .at(let end):
                guard decode(rest.extracting(0..<end), search, &dialogue) else { return .foreign }
                isGuessing = false
                position += end
            }
        }
        return .fits
    }

    private mutating func keep(_ bytes: Span<UInt8>, _ search: Search, _ message: MessageFacts) {
        self.search = search
        firstMessage = message.number
        startTime = message.startTime
        self.bytes.append(bytes.extracting(first: Self.limit))
    }

    /// Takes more of the packet that has begun.
    /// - Returns: where it ends, if it does.
    private mutating func proceed(
        _ content: Span<UInt8>, _ dialogue: inout Dialogue, _ decode: (Span<UInt8>, Search, inout Dialogue) -> Bool
    ) -> (Fit, end: Int?) {
        guard dialogue.message.isWhole, !isGuessing || bytes.count + content.count <= Self.limit else {
            // The next packet is taken to begin with the next message, as nearly all do.
            drop()
            isGuessing = true
            return (.unknown, nil)
        }
        let before = bytes.count
        bytes.append(content.extracting(first: Self.limit - before))
        var search = self.search
        switch search.end(in: content, of: bytes.span) {
        case .later:
            self.search = search
            return (.fits, nil)
        case .foreign:
            drop()
            return (.foreign, nil)
        case .at(let end):
            let first = firstMessage
            let isPacket = dialogue.began(at: startTime) { decode(bytes.span.extracting(first: before + end), search, &$0) }
            dialogue.change { $0.firstMessage = first }
            drop()
            isGuessing = false
            return isPacket ? (.fits, end) : (.foreign, nil)
        }
    }

    private mutating func drop() {
        bytes.removeAll(keepingAtMost: Self.keptByteCount)
        firstMessage = 0
    }

    private static var keptByteCount: Int { 4 << 10 }
}
