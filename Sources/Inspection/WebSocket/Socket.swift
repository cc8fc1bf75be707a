import Bytes
import Channels
import Rules
import WebSocket

/// What each frame of an open WebSocket connection needs and counts, side by side and without references to count.
@safe
struct Socket {
    /// The session keeps it alive.
    let connection: Unmanaged<Connection>
    /// The channel keeps it alive.
    let session: Unmanaged<WebSocketSession>
    var frameCount: UInt64 = 0
    var messageCount: UInt64 = 0
    /// A pong is due from either side.
    var isPongDue = false
}

/// One direction of a WebSocket connection.
@safe
struct SocketDirection {
    var decoder = FrameDecoder()
    var rules: FrameRules
    /// All messages before a compressed one were captured.
    var knowsWindow: Bool
    /// Stream offset of the first WebSocket byte.
    var start: UInt64
    /// Frames in pieces, messages of several frames and compressed ones; nil until the first of them. The session keeps it alive.
    fileprivate(set) var reading: Unmanaged<FrameReading>?
    var totals = Totals()
    /// The last frame, or the handshake.
    var spoke: PacketMark
    /// The length of the last frame.
    var lastLength: UInt64 = 0

    init(rules: FrameRules, start: UInt64, knowsWindow: Bool, spoke: PacketMark) {
        self.rules = rules
        self.start = start
        self.knowsWindow = knowsWindow
        self.spoke = spoke
    }

    @inline(__always)
    mutating func count(frameOf byteCount: UInt64, header: Int, _ mark: PacketMark) {
        spoke = mark
        lastLength = byteCount
        totals.frames += 1
        totals.wireBytes &+= byteCount
        totals.headerBytes &+= UInt64(truncatingIfNeeded: header)
    }

    @inline(__always)
    mutating func count(messageOf byteCount: UInt64) {
        totals.messages += 1
        totals.bytes &+= byteCount
    }
}

/// All open WebSocket connections: a row for each, and one for each of its directions.
@safe
struct Sockets: ~Copyable {
    private var rows = Slab<Socket>()
    /// Two for each row, in the order of `Side`.
    private var directions = Slab<SocketDirection>()
    /// Directions that have a `reading`.
    private(set) var readingCount = 0

    /// The index that the next one will get.
    var nextIndex: Int { rows.nextIndex }

    /// The address of a row, valid until the next one is inserted.
    @inline(__always)
    func address(of index: Int) -> UnsafeMutablePointer<Socket> { unsafe rows.address(of: index) }

    /// The address of a direction's row, valid until the next one is inserted.
    @inline(__always)
    func address(of index: Int, _ side: Side) -> UnsafeMutablePointer<SocketDirection> {
        unsafe directions.address(of: index << 1 | side.rawValue)
    }

    subscript(index: Int) -> Socket {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(rows.address(of: index)) }
        @inline(__always) unsafeMutableAddress { unsafe rows.address(of: index) }
    }

    subscript(index: Int, side: Side) -> SocketDirection {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(directions.address(of: index << 1 | side.rawValue)) }
        @inline(__always) unsafeMutableAddress { unsafe directions.address(of: index << 1 | side.rawValue) }
    }

    /// Asks for the rows of a connection and of one of its sides.
    @inline(__always)
    func prefetch(_ index: Int, _ side: Side) {
        unsafe Prefetch.request(address(of: index), byteCount: MemoryLayout<Socket>.size)
        unsafe Prefetch.request(address(of: index, side), byteCount: MemoryLayout<SocketDirection>.size)
    }

    /// Asks for what a side's next message needs, if it is compressed.
    @inline(__always)
    func prefetchReading(_ index: Int, _ side: Side) {
        if let reading = unsafe self[index, side].reading {
            unsafe Prefetch.request(reading.toOpaque(), byteCount: FrameReading.hotByteCount)
        }
    }

    /// The same for what that refers to.
    @inline(__always)
    func prefetchWindow(_ index: Int, _ side: Side) {
        unsafe self[index, side].reading?._withUnsafeGuaranteedRef { $0.assembler.prefetch() }
    }

    mutating func note(_ reading: FrameReading, _ index: Int, _ side: Side) {
        unsafe self[index, side].reading = .passUnretained(reading)
        readingCount += 1
    }

    mutating func insert(_ socket: Socket, client: SocketDirection, server: SocketDirection) -> Int {
        let index = rows.insert(socket)
        if index << 1 == directions.usedCount {
            _ = directions.insert(client)
            _ = directions.insert(server)
        } else {
            self[index, .client] = client
            self[index, .server] = server
        }
        return index
    }

    /// Removes a row; it is not read again until another connection takes its index.
    mutating func remove(_ index: Int) {
        for side in [Side.client, .server] where unsafe self[index, side].reading != nil {
            unsafe self[index, side].reading = nil
            readingCount -= 1
        }
        let vacant = self[index]
        rows.remove(index, leaving: vacant)
    }
}
