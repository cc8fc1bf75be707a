import FuzzTargets
import System

/// What libFuzzer calls: `WSRAY_FUZZ_TARGET` names the target. Its main function comes with `--sanitize fuzzer`.
private let target: FuzzTarget = {
    let name = CurrentProcess.environment("WSRAY_FUZZ_TARGET") ?? ""
    guard let target = FuzzTarget.named(name) else {
        fatalError("WSRAY_FUZZ_TARGET must be one of \(FuzzTarget.all.map(\.name).joined(separator: ", ")), not '\(name)'")
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // Invariant: libFuzzer lends `count` bytes for the call.
    let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    let begun = SystemClock.processorNanoseconds
    do {
        try target.run(input)
    } catch {
        fatalError("\(target.name): \(error)")
    }
    // Work is linear: a fixed sum for what each run does, and some for each byte. Instrumented code is slow.
    let spent = SystemClock.processorNanoseconds - begun
    let allowed = 2_000_000_000 + 1_000_000 * Int64(count)
    if spent > allowed { fatalError("\(target.name): \(spent / 1_000_000) ms of processor time for \(count) bytes") }
    return 0
}
