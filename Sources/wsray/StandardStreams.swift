import Bytes
import Jobs
import System

/// Where the files that are in turn write to.
struct StandardStreams: Outlet {
    static var closed: Output.Failure { .closed }
    static var lost: Output.Failure { .system("reading back what waited for its turn failed") }

    func write(_ output: inout ByteBuffer) throws(Output.Failure) { try Output.flushDirectly(&output) }
    func remark(_ remarks: inout ByteBuffer) { Output.remarkDirectly(&remarks) }
    var isInterrupted: Bool { Interrupt.isRequested }
}
