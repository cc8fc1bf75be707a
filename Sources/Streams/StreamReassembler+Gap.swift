/// A gap in a stream that is given up.
extension StreamReassembler {
    /// Why bytes are missing.
    public enum GapCause: Sendable {
        /// The other side acknowledged them, so they were on the wire, but no packet contains them.
        case notCaptured
        /// More waited after the gap than the limit allows.
        case limit
        /// The connection or the capture ended with the gap open.
        case end
    }

    public struct Gap: Equatable, Sendable {
        public var byteCount: UInt64
        public var cause: GapCause
    }
}
