import System

/// Why an input could not be opened, read to its end, or filtered: one line for the user and one exit status.
public struct CaptureError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// No such file, or a directory.
        case noInput
        /// The file is there and may not be read.
        case noPermission
        /// The system refused to open or to go on reading.
        case unreadable
        /// The first bytes are not those of a capture file.
        case notACapture
        /// A capture file of a version that nobody has specified.
        case unsupported
        /// The input ends inside something that it began.
        case brokenOff
        /// The input contradicts itself or its format.
        case malformed
        /// The filter expression does not compile.
        case badFilter
    }

    public var kind: Kind
    /// One line without a full stop, beginning with the input's name.
    public var message: String
    /// Where in the input (where that is compressed, in the uncompressed stream), when it is about a place.
    public var offset: UInt64?
    /// The packet that could not be read, when it is about one; all before it were returned.
    public var packet: UInt64?

    public init(_ kind: Kind, _ message: String, offset: UInt64? = nil, packet: UInt64? = nil) {
        self.kind = kind
        self.message = message
        self.offset = offset
        self.packet = packet
    }

    package init(_ error: PathError) { self.init(error.isDenied ? .noPermission : .unreadable, error.message) }

    public var description: String { message }

    /// The status that the command ends with, after what could be read was shown.
    public var exitStatus: Int32 {
        switch kind {
        case .noInput: 66
        case .noPermission: 77
        case .badFilter: 64
        case .unreadable, .notACapture, .unsupported, .brokenOff, .malformed: 2
        }
    }
}
