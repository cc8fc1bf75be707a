import Bytes

/// What takes the output of jobs, one after the other.
public protocol Outlet: Sendable {
    associatedtype Failure: Error

    /// Nobody wants any more.
    static var closed: Failure { get }
    /// What had waited could not be read.
    static var lost: Failure { get }

    /// Writes and empties the buffer.
    func write(_ output: inout ByteBuffer) throws(Failure)
    /// Writes and empties what is beside the output proper.
    func remark(_ remarks: inout ByteBuffer)
    /// Whether only the job that is in turn shall still come to its end.
    var isInterrupted: Bool { get }
}
