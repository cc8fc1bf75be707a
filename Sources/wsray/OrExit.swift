import ArgumentParser
import Capture

/// The value of what is tried; a failure is reported and ends the program.
func orExit<Value: ~Copyable>(_ body: () throws(CaptureError) -> Value) throws -> Value {
    do throws(CaptureError) {
        return try body()
    } catch {
        Output.remark(error.message)
        throw ExitCode(error.exitStatus)
    }
}
