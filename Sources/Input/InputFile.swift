import Capture

/// A file, a pipe or standard input that packets are read from.
public struct InputFile: Sendable {
    /// `-` for standard input.
    public var path: String
    /// What messages call it.
    public var name: String
    /// The number of its first packet; nil for going on after the file before.
    public var firstPacket: UInt64?
    /// The number at which reading ends. What a file says after its last packet may be in the middle of being written.
    public var endNumber = UInt64.max

    /// - Parameter name: where it is not called by its path.
    public init(_ path: String, name: String? = nil) {
        self.path = path
        self.name = name ?? Self.name(of: path)
    }

    public static func name(of path: String) -> String { path == "-" ? "standard input" : path }

    func open(firstPacket: UInt64) throws(CaptureError) -> CaptureReader {
        let source = path == "-" ? ByteSource.standardInput() : try ByteSource(path: path)
        return try CaptureReader(source, name: name, firstPacketNumber: firstPacket)
    }
}
