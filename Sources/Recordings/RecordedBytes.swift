import Bytes

/// Where the bytes of a recording come from.
public protocol RecordedBytes: AnyObject {
    /// Reads what is there, waiting only while nothing is; 0 is the end.
    func read(into room: UnsafeMutableRawBufferPointer) throws(RecordingError) -> Int
}

/// Why a recording could not be read, or not to its end.
public struct RecordingError: Error, Equatable, Sendable {
    public enum Kind: Sendable {
        /// It is something else.
        case notARecording
        /// It ends inside something that it began.
        case brokenOff
        /// It is not what its format allows.
        case malformed
        /// The system refused to go on reading.
        case unreadable
        /// The person asked to stop.
        case interrupted
    }

    public var kind: Kind
    /// What follows the name of the file: `breaks off inside of a string at byte 17`.
    public var text: String

    public init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }
}

/// Bytes in memory, handed out at most `portion` at a time as a slow pipe would.
public final class BytesInMemory: RecordedBytes {
    private let bytes: [UInt8]
    private let portion: Int
    private var position = 0

    public init(_ bytes: [UInt8], portion: Int = .max) {
        self.bytes = bytes
        self.portion = max(1, portion)
    }

    public func read(into room: UnsafeMutableRawBufferPointer) throws(RecordingError) -> Int {
        let count = min(portion, room.count, bytes.count - position)
        for index in 0..<count { unsafe room[index] = bytes[position + index] }
        position += count
        return count
    }
}
