import Bytes

/// What takes the output of jobs, one after the other.
public protocol Outlet: ~Copyable {
    /// Takes output of the job that is in turn, and empties the buffer; false when no more is wanted.
    mutating func write(_ output: inout ByteBuffer) -> Bool
    /// Takes remarks of the job that is in turn, and empties the buffer.
    mutating func remark(_ remarks: inout ByteBuffer)
    /// The turn of a job is over.
    mutating func ended(_ job: Int, _ ending: Ending)
    /// Whether only the job that is in turn shall still come to its end.
    var isInterrupted: Bool { get }
}
