/// Why nothing more is kept of bytes that come only once.
public enum KeepingEnd: Sendable {
    case limit
    case fullDisk

    public var words: String {
        switch self {
        case .limit: "--limit-spool"
        case .fullDisk: "the disk is full"
        }
    }
}
