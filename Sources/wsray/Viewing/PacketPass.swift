import Bytes
import Capture
import Input
import Text
import Viewer

/// What takes the packets of an input that is gone through once more.
protocol PassTaker: ~Copyable {
    /// A file begins, with interfaces of which some are known by now.
    mutating func begin(_ interfaces: [CaptureInterface]) throws(CaptureError)
    /// Takes a packet.
    /// - Parameters:
    ///   - isAnew: the packet begins a capture of its own, rather than going on with the one before.
    ///   - losses: what the capture has lost before it.
    /// - Returns: whether more are wanted.
    mutating func take(
        _ header: PacketHeader, _ bytes: Span<UInt8>, isAnew: Bool, losses: [PacketLoss]
    ) throws(CaptureError) -> Bool
}

/// Packets from one on that are not kept any more.
struct LostPackets: Sendable {
    var first: UInt64
    var end: KeepingEnd

    var words: String { "packets from \(Quantity.count(first)) on are not kept: \(end.words)" }
}

/// Goes through the input once more, from the first packet to the last that is there.
struct PacketPass<Taker: PassTaker & ~Copyable>: PacketConsumer, ~Copyable {
    var taker: Taker
    private let files: [InputIndex.File]
    private var fileCount = 0
    private var interfaces: [CaptureInterface] = []
    private var losses: [PacketLoss] = []
    private var isFirst = true
    private var isAnew = false
    private var failure: CaptureError?
    private(set) var hasEnough = false
    /// The first packet that is not kept any more, and why.
    private(set) var lost: LostPackets?

    init(_ index: InputIndex, _ taker: consuming Taker) {
        files = index.files
        self.taker = taker
    }

    consuming func takeTaker() -> Taker { taker }

    /// - Returns: why the input could not be gone through to its end.
    mutating func run(_ options: InputOptions) throws(CaptureError) -> CaptureError? {
        var filter: PacketFilter?
        // An interface has filtered by itself.
        if options.live.interfaces.isEmpty, let expression = options.filter { filter = try PacketFilter(expression) }
        var input = FileInput(files.map(\.input), filter: filter)
        try input.run(into: &self)
        return failure
    }

    mutating func begin(_ source: InputSource) throws(CaptureError) -> Bool {
        fileCount += 1
        isFirst = true
        interfaces = []
        return true
    }

    mutating func beginAnew() throws(CaptureError) { isAnew = true }

    mutating func take(_ header: PacketHeader, _ bytes: Span<UInt8>, at offset: UInt64, isSelected: Bool) throws(CaptureError) {
        if isFirst { try taker.begin(interfaces) }
        isFirst = false
        guard isSelected else { return }
        hasEnough = try !taker.take(header, bytes, isAnew: isAnew, losses: losses)
        isAnew = false
        losses = []
    }

    mutating func note(_ note: InputNote) {
        switch note {
        case .interface(let interface): interfaces.append(interface)
        case .count(let count): if let loss = count.loss { losses.append(loss) }
        case .ended(let end):
            failure = end.failure
            let file = files[fileCount - 1]
            if failure != nil { hasEnough = true }
            if !hasEnough, lost == nil, file.isOnlyCopied, let end = file.end {
                lost = LostPackets(first: file.firstPacket + file.packetCount, end: end)
            }
        case .opened, .recording, .secrets, .checkpoint, .failure: break
        }
    }

    mutating func pause(at offset: UInt64) throws(CaptureError) -> Bool { true }
}
