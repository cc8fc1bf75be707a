/// What stands between the frames of a timeline: where connections begin and end.
struct Marker: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// An upgrade was granted or refused; by index into `Transcript.connections`.
        case opened(UInt32)
        case ended(UInt32)
        /// By index into `Transcript.encrypted`.
        case encrypted(Int)
        /// By index into `Transcript.attempts`.
        case attempt(Int)
    }

    /// It stands before this row.
    var row: UInt32
    var kind: Kind
}
