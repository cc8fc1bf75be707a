import Capture
import Recordings
import System

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

    public static func name(of path: String) -> String { path == "-" ? StandardInput.name : path }

    /// Opens it as what its first bytes say it is.
    func open(firstPacket: UInt64, _ limits: RecordingLimits) throws(CaptureError) -> OpenedFile {
        var source = path == "-" ? ByteSource.standardInput() : try ByteSource(path: path)
        switch RecordingSignature(source.peek()) {
        case .json: return .recording(RecordingReader(RecordedFile(source, isStandardInput: path == "-"), limits: limits))
        case .zip: return .recording(try openArchive(limits))
        case nil: return .capture(try CaptureReader(source, name: name, firstPacketNumber: firstPacket))
        }
    }

    private func openArchive(_ limits: RecordingLimits) throws(CaptureError) -> RecordingReader {
        guard HeldFiles.status(of: path)?.kind == .regular else {
            throw CaptureError(
                .notACapture, "\(name): is a zip archive, whose directory stands at its end: write it to a file first, and name that")
        }
        do throws(RecordingError) {
            let held = HeldFiles.descriptor(of: path)
            let descriptor: Descriptor
            if let held { descriptor = held } else { descriptor = try Self.opened(path) }
            let zip = try ZipArchive(descriptor, isOwned: held == nil)
            return try RecordingReader(RecordedArchive(zip), limits: limits)
        } catch { throw CaptureError(error, of: name) }
    }

    private static func opened(_ path: String) throws(RecordingError) -> Descriptor {
        do throws(SystemError) { return try Descriptor.reading(path) } catch { throw RecordingError(.unreadable, error.words) }
    }
}
