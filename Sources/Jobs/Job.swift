import Bytes

/// One job, from its start to the end of its turn.
final class Job {
    let number: Int
    /// nil when it has ended.
    var process: Process?
    private(set) var ending: Ending?
    /// Output that waits for its turn; behind it what was read and then found no room there.
    var waiting = WaitingBytes.Queue()
    var stuck = ByteBuffer()
    /// Remarks that wait.
    var remarks = ByteBuffer()

    /// Bytes of remarks that may wait; with more of them, the job does.
    private static let remarksLimit = 1 << 20

    init(_ number: Int, _ process: consuming Process?, _ ending: Ending? = nil) {
        self.number = number
        self.process = consume process
        self.ending = ending
    }

    var hasWaitingOutput: Bool { !waiting.isEmpty || !stuck.isEmpty }
    var hasWaiting: Bool { hasWaitingOutput || !remarks.isEmpty }

    /// To be polled; -1, which poll(2) passes over, where there is nothing to wait for.
    var outputDescriptor: Int32 { process?.output.pollable ?? -1 }
    var remarksDescriptor: Int32 { remarks.count < Self.remarksLimit ? process?.errors.pollable ?? -1 : -1 }

    func readOutput(into chunk: inout ByteBuffer, atMost limit: Int) -> Bool {
        process?.output.read(into: &chunk, atMost: limit) ?? false
    }

    func readRemarks() {
        while remarks.count < Self.remarksLimit, process?.errors.read(into: &remarks, atMost: 4 << 10) == true {}
    }

    /// Notes the end, when both pipes are at theirs.
    func settle() {
        guard process?.output.isAtEnd == true, process?.errors.isAtEnd == true else { return }
        ending = process.take()?.end()
    }
}
