import Bytes
import Capture
import Recordings
import System

/// What takes the packets of an input, and all else that the input says, in the order in which it says it.
///
/// The loops that call it are inlinable, so that they are specialized for the consumer.
public protocol PacketConsumer: ~Copyable {
    /// Why it can take no more.
    associatedtype Failure: Error

    /// Packets between which a checkpoint is noted, see `InputNote.checkpoint`; 0 for none.
    static var checkpointSpacing: UInt64 { get }

    /// The next packets are those of this source.
    /// - Returns: false for reading nothing more.
    mutating func begin(_ source: InputSource) throws(Failure) -> Bool
    /// The next packet begins a capture of its own, rather than going on with the one before.
    mutating func beginAnew() throws(Failure)
    /// Takes a packet; its bytes are lent for the call, and of files until `catchUp`.
    /// - Parameters:
    ///   - offset: where the bytes stand in the file, for consumers that want checkpoints; otherwise 0.
    ///   - isSelected: the packet filter lets it through. Those that it does not are handed over since they count.
    mutating func take(_ header: PacketHeader, _ bytes: Span<UInt8>, at offset: UInt64, isSelected: Bool) throws(Failure)
    /// It can do something with recordings, which have no packets.
    static var takesRecordings: Bool { get }
    /// Takes an event of a recording; its content is lent for the call.
    mutating func take(_ event: RecordedEvent, _ content: Span<UInt8>) throws(Failure)
    /// Takes note of what is no packet. What stands between two packets comes between them.
    mutating func note(_ note: InputNote)
    /// The bytes of the packets before, lent until now, move or go away after this.
    mutating func catchUp() throws(Failure)
    /// Has what the next packets will need fetched.
    /// - Returns: after how many packets to do it again.
    mutating func lookAhead(_ reader: inout CaptureReader, after header: PacketHeader) -> Int
    /// The packet that was taken last makes it want to `look`.
    var wantsLook: Bool { get }
    /// Looks at the packets that stand next in a file, before they are taken.
    mutating func look(_ reader: inout CaptureReader, after header: PacketHeader) throws(Failure)
    /// What follows may have to be waited for: what there is to show is to be shown first.
    /// - Parameter offset: how far a file was read.
    /// - Returns: false for reading nothing more.
    mutating func pause(at offset: UInt64) throws(Failure) -> Bool
    /// No more is wanted; asked before each packet.
    var hasEnough: Bool { get }
}

extension PacketConsumer where Self: ~Copyable {
    @inlinable public static var checkpointSpacing: UInt64 { 0 }
    @inlinable public static var takesRecordings: Bool { false }
    @inlinable public mutating func take(_ event: RecordedEvent, _ content: Span<UInt8>) throws(Failure) {}
    @inlinable public mutating func catchUp() throws(Failure) {}
    @inlinable public mutating func lookAhead(_ reader: inout CaptureReader, after header: PacketHeader) -> Int { .max }
    @inlinable public var wantsLook: Bool { false }
    @inlinable public mutating func look(_ reader: inout CaptureReader, after header: PacketHeader) throws(Failure) {}
}

/// A consumer of packets that come as they pass by.
public protocol LiveConsumer: PacketConsumer, ~Copyable {
    /// Waits until packets are there, or for anything else that the consumer waits for.
    /// - Parameters:
    ///   - packets: readable when there are some.
    ///   - milliseconds: after which something is due; negative for nothing.
    mutating func wait(for packets: Descriptor, milliseconds: Int32) throws(Failure)
    /// Called after all that was there was taken, or nothing was.
    /// - Returns: false for ending the capture: what passed by until then still comes.
    mutating func turn() -> Bool
    /// How much was shown by now, by which it is known whether anything goes on.
    var shownCount: UInt64 { get }
}

/// Something that an input says beside packets.
public enum InputNote: Sendable {
    /// A file turned out to be a capture; whether it can bring secrets after packets.
    case opened(isCompressed: Bool, canBringSecrets: Bool)
    /// A file turned out to be a recording.
    case recording
    /// One more interface of this source is known; `PacketHeader.interface` counts them from 0.
    case interface(CaptureInterface)
    /// Statistics of an interface, and what they say was lost since those before.
    case count(InterfaceCount)
    /// A Decryption Secrets Block: it stands before the packets that need it.
    case secrets(DecryptionSecrets)
    /// Where the next packet can be read again; of a file that is not compressed, before every so many packets.
    case checkpoint(CaptureReader.Checkpoint)
    /// An interface gives nothing more, although others may.
    case failure(CaptureError)
    /// The source has ended.
    case ended(SourceEnd)
}

/// Where packets come from.
public struct InputSource: Sendable {
    /// What the person calls it.
    public var name: String
    /// Of a file, `-` for standard input; empty for interfaces.
    public let path: String
    /// The number of its first packet.
    public var firstPacket: UInt64

    public init(name: String, path: String, firstPacket: UInt64) {
        self.name = name
        self.path = path
        isStandardInput = path == "-"
        isLive = path.isEmpty
        self.firstPacket = firstPacket
    }

    public let isStandardInput: Bool
    public let isLive: Bool
}

/// How a source ended.
public struct SourceEnd: Sendable {
    /// What the person should know of the file: sentences without a full stop.
    public var remarks: [String] = []
    /// Why it could not be read to its end.
    public var failure: CaptureError?
    /// How far a file was read.
    public var offset: UInt64 = 0

    public init(remarks: [String] = [], failure: CaptureError? = nil, offset: UInt64 = 0) {
        self.remarks = remarks
        self.failure = failure
        self.offset = offset
    }
}
