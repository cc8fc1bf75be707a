/// How much a capture file may make the reader hold.
///
/// Packets are only lent, so a file's length costs nothing; these bound what a hostile or damaged file can announce.
public struct CaptureLimits: Sendable {
    /// The largest packet record (pcap) or block that must be held as a whole (pcapng), in bytes.
    ///
    /// The usual snapshot length is 262,144 and the largest offloaded segments are about as long; a file that announces
    /// more than this is damaged, and is said to be.
    public var packetLength = 256 << 20
    /// Bytes of decryption secrets that are kept over all blocks.
    public var secretsLength = 1 << 20
    /// Bytes of comments that are kept over all blocks.
    public var commentsLength = 1 << 20
    /// Bytes of any one name or description that are kept.
    public var textLength = 1_024
    /// Interfaces over all sections; a file with more is refused at the one too many.
    public var interfaceCount = 65_536
    /// Section headers that are kept; later sections are read just the same.
    public var sectionCount = 1_024

    /// Statistics that are told one by one between two packets; further ones are joined to the last.
    public var statisticsCount = 64

    public init() {}
}
