import Bytes
import Channels
import Packets
import Streams
import Verdicts

/// One TCP connection, or one on datagrams: what each of its packets needs, side by side, with both its directions.
///
/// What few connections have, or none before its end, is referred to by references that are nil until then. The order of the
/// properties leaves no gaps: a row takes 256 bytes, which are four cache lines.
struct FlowRow: ~Copyable {
    let key: FlowKey
    let fractionDigits: UInt8
    /// A packet has come since the last search for a flow to forget.
    var isFresh = true
    /// The WebSocket connection whose frames are read straight from packets; -1 if there is none.
    var socket: Int32 = -1
    /// It has ended; packets that follow belong to nothing.
    var isOver = false
    /// Each of its packets has something to note.
    var isWatched = false
    /// Who the client is, according to a SYN.
    var client: Direction?
    private var flags: UInt8 = 0
    /// Counted from 1, in the order in which flows appeared; 0 in a row that is not used.
    let serial: UInt64
    /// What the flow carries; nil until a byte comes.
    var channel: Channel?
    var facts: FlowFacts?
    var traffic: FlowTraffic?
    var fromLow = FlowDirection()
    var fromHigh = FlowDirection()

    init(key: FlowKey, serial: UInt64, fractionDigits: UInt8) {
        self.key = key
        self.serial = serial
        self.fractionDigits = fractionDigits
    }

    /// A SYN was captured.
    var hasSYN: Bool {
        @inline(__always) get { flags & 1 != 0 }
        set { flags = newValue ? flags | 1 : flags & ~1 }
    }

    /// It is not one of TCP, and not found by its ends.
    var isOfDatagrams: Bool {
        @inline(__always) get { flags & 2 != 0 }
        set { flags = newValue ? flags | 2 : flags & ~2 }
    }

    /// Segments with data that are still checked for whether something that was sent before them has not come; at most 63.
    var uncheckedCount: UInt8 {
        @inline(__always) get { flags >> 2 }
        set { flags = flags & 3 | newValue << 2 }
    }

    static func vacant() -> FlowRow {
        let nobody = Endpoint(address: IPAddress(v4: 0), port: 0)
        return FlowRow(key: FlowKey(low: nobody, high: nobody), serial: 0, fractionDigits: 0)
    }

    // What is asked of its facts with many packets: whoever takes them out of the row counts a reference.

    var hasFacts: Bool { @inline(__always) get { facts != nil } }
    @inline(__always) func hasRepeats(_ direction: Direction) -> Bool { (facts?[direction].repeats.count ?? 0) > 0 }
    var firstFIN: Direction? { @inline(__always) get { facts?.firstFIN } }
    /// See `FlowFacts.isWatching`.
    var isWatching: Bool { @inline(__always) get { facts?.isWatching ?? false } }
    /// See `FlowFacts.isInDoubt`.
    var isInDoubt: Bool { @inline(__always) get { facts?.isInDoubt ?? false } }
    var isDisputed: Bool { @inline(__always) get { facts?.isDisputed ?? false } }
    var awaitsFIN: Bool { @inline(__always) get { facts?.awaitsFIN ?? false } }
    var waiting: FlowFacts.Waiting? { @inline(__always) get { facts?.waiting } }

    /// What the flow carries, for a call, without counting a reference.
    @inline(__always)
    var unretainedChannel: Unmanaged<Channel>? {
        if let channel { unsafe .passUnretained(channel) } else { nil }
    }

    @inline(__always) func isClient(_ direction: Direction) -> Bool { client == direction }

    /// The client where nothing shows who it is: servers have the lower ports.
    var likelyClient: Direction { key.low.port < key.high.port ? .fromHigh : .fromLow }

    func sender(_ direction: Direction) -> Endpoint { direction == .fromLow ? key.low : key.high }
}

/// One direction of a TCP connection.
struct FlowDirection: ~Copyable {
    /// What takes the bytes that come next.
    enum Reader: UInt8 {
        /// The channel, where bytes may wait.
        case channel
        /// The frame decoder of `FlowRow.socket`, as long as no byte waits.
        case frames
        /// Nothing.
        case nobody
    }

    var reassembler = StreamReassembler()
    /// The last packet of any kind.
    var lastPacket = PacketMark(number: 0, time: Timestamp(nanoseconds: 0))
    /// The last packet that brought bytes, or a SYN.
    var lastData = PacketMark(number: 0, time: Timestamp(nanoseconds: 0))
    /// What its sender had received when it last sent data.
    var heard: UInt32 = 0
    var hasHeard = false
    /// The window in its last packet was 0.
    var isStalled = false
    /// It sent something again, and nothing has come back since.
    var hasRepeats = false
    var reader = Reader.channel
}
