import Bytes
import Capture
import Recordings
import System

/// A file as it is read: packets, or what a program recorded.
@usableFromInline
enum OpenedFile: ~Copyable {
    case capture(CaptureReader)
    case recording(RecordingReader)
}

/// What a file that may be a recording begins with.
enum RecordingSignature {
    case json
    case zip

    init?(_ beginning: [UInt8]) {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = beginning.starts(with: byteOrderMark) ? beginning.dropFirst(3) : beginning[...]
        if beginning.starts(with: Array("PK\u{3}\u{4}".utf8)) {
            self = .zip
        } else if text.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") {
            self = .json
        } else {
            return nil
        }
    }
}

/// The bytes of a recording, until the person asks to stop.
final class RecordedFile: RecordedBytes {
    private var source: ByteSource
    private let isStandardInput: Bool

    init(_ source: consuming ByteSource, isStandardInput: Bool) {
        self.source = source
        self.isStandardInput = isStandardInput
    }

    func read(into room: UnsafeMutableRawBufferPointer) throws(RecordingError) -> Int {
        guard !Interrupt.isRequested, !isStandardInput || Interrupt.waitForInput() else {
            throw RecordingError(.interrupted, "was interrupted")
        }
        do throws(SourceFailure) {
            return try unsafe source.read(into: room)
        } catch {
            let (kind, text) = error.description("")
            throw RecordingError(kind == .brokenOff ? .brokenOff : kind == .malformed ? .malformed : .unreadable, text)
        }
    }
}

extension CaptureError {
    /// What was wrong with a recording.
    init(_ error: RecordingError, of name: String) {
        let kind: Kind =
            switch error.kind {
            case .notARecording: .notACapture
            case .brokenOff: .brokenOff
            case .malformed: .malformed
            case .unreadable, .interrupted: .unreadable
            }
        self.init(kind, "\(name): \(error.text)")
    }
}
