import Bytes

/// What an input says beside its packets, as far as it was read.
public struct CaptureFacts: Sendable {
    public internal(set) var format = CaptureFormat.pcap
    /// True when the input is compressed; offsets in messages then count the uncompressed stream.
    public internal(set) var isCompressed = false
    /// The interfaces of all sections in order of appearance; `PacketHeader.interface` is an index into it.
    public internal(set) var interfaces: [CaptureInterface] = []
    /// Empty for pcap.
    public internal(set) var sections: [CaptureSection] = []
    public internal(set) var comments: [CaptureComment] = []
    /// Key logs that the file brings along; one stands before the packets that need it.
    public internal(set) var secrets: [DecryptionSecrets] = []

    /// Packets whose block has no timestamp, and which were given that of the packet before.
    public internal(set) var untimedPacketCount: UInt64 = 0
    /// Packets whose time lies before 1677 or after 2262, which `Timestamp` cannot say; they have the first or last it can.
    public internal(set) var saturatedTimeCount: UInt64 = 0
    /// Comments not kept because the limit was reached.
    public internal(set) var droppedCommentCount: UInt64 = 0
    /// Decryption secrets blocks not kept because the limit was reached.
    public internal(set) var droppedSecretsCount: UInt64 = 0
    /// Section headers not kept because the limit was reached.
    public internal(set) var droppedSectionCount: UInt64 = 0
    /// Sections of a version that nobody has specified, passed over with all they hold.
    public internal(set) var unknownSectionCount: UInt64 = 0
    /// Blocks whose options overrun the block, or whose secrets do; what stands before the damage was used.
    public internal(set) var damagedBlockCount: UInt64 = 0

    var commentsLength = 0
    var secretsLength = 0

    public init() {}

    /// What the user should know of the above: sentences without a full stop, none for an ordinary file.
    public var notes: [String] {
        func note(_ count: UInt64, _ one: String, _ many: String, _ rest: String) -> String? {
            count == 0 ? nil : "\(count) \(count == 1 ? one : many) \(rest)"
        }
        let dropped = "left out: limit reached"
        return [
            note(untimedPacketCount, "packet has", "packets have", "no timestamp: shown with that of the packet before"),
            note(
                saturatedTimeCount, "packet has", "packets have", "a time before 1677 or after 2262: shown with the first or last there is"),
            note(droppedSecretsCount, "decryption secrets block was", "decryption secrets blocks were", dropped),
            note(droppedCommentCount, "comment was", "comments were", dropped),
            note(droppedSectionCount, "section header was", "section headers were", dropped),
            note(unknownSectionCount, "section was", "sections were", "left out with all packets in it: of another version than 1"),
            note(damagedBlockCount, "block has", "blocks have", "contents that overrun the block: only what stands before was used"),
        ].compactMap { $0 }
    }
}

public enum CaptureFormat: Sendable {
    case pcap
    /// The variant with longer record headers that patched libpcaps of the 1990s wrote (magic a1b2cd34).
    case modifiedPcap
    case pcapng
    /// Solaris snoop (RFC 1761).
    case snoop
}

/// One interface that packets were captured on: an Interface Description Block, or the header of a pcap or snoop file.
public struct CaptureInterface: Sendable {
    public var linkType: LinkType
    /// Bytes kept of each packet at most; 0 is no limit.
    public var snapLength: UInt32
    public var resolution: TimestampResolution
    /// Seconds to add to the packets' timestamps (if_tsoffset); already added in `PacketHeader.time`.
    public var secondsOffset: Int64 = 0
    public var name: String?
    public var description: String?
    /// What selected the packets (if_filter), as for tcpdump.
    public var filter: String?
    /// The section that it belongs to, counted from 0; 0 for pcap.
    public var section = 0

    public init(linkType: LinkType, snapLength: UInt32, resolution: TimestampResolution, name: String? = nil) {
        self.linkType = linkType
        self.snapLength = snapLength
        self.resolution = resolution
        self.name = name
    }
}

/// A Section Header Block's own words about where the capture was made.
public struct CaptureSection: Sendable {
    public var hardware: String?
    public var operatingSystem: String?
    public var application: String?

    public init(hardware: String? = nil, operatingSystem: String? = nil, application: String? = nil) {
        self.hardware = hardware
        self.operatingSystem = operatingSystem
        self.application = application
    }
}

public struct CaptureComment: Sendable, Equatable {
    public enum Subject: Sendable, Equatable {
        /// Counted from 0.
        case section(Int)
        /// An index into `CaptureFacts.interfaces`.
        case interface(Int)
        /// `PacketHeader.number`.
        case packet(UInt64)
    }

    public var subject: Subject
    public var text: String

    public init(subject: Subject, text: String) {
        self.subject = subject
        self.text = text
    }
}

/// A Decryption Secrets Block's contents.
public struct DecryptionSecrets: Sendable {
    /// What a Decryption Secrets Block holds; an open set (draft-ietf-opsawg-pcapng, Decryption Secrets Block).
    public struct Form: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// "TLSK": lines of NSS key log format.
        public static let tlsKeyLog = Form(rawValue: 0x544C_534B)
    }

    public var form: Form
    public var bytes: [UInt8]

    public init(form: Form, bytes: [UInt8]) {
        self.form = form
        self.bytes = bytes
    }
}
