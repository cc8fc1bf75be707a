import Capture
import System

/// A capture on another machine: ssh runs tcpdump there, and what that writes is read in place of standard input.
///
/// There is one in the life of this process. It ends with it: ssh's standard input ends then, and with that tcpdump.
final class RemoteCapture: Sendable {
    private struct State {
        /// What ssh and tcpdump said, the last of it.
        var said: [String] = []
        /// Remarks that wait until the screen is free.
        var held: [String]?
        var hasEnded = false
        /// The exit status of ssh; nil where it is not known.
        var status: Int32?
    }

    private static let running = Mutex<RemoteCapture?>(nil)
    private static let keptLineCount = 20

    private let options: RemoteOptions
    private let state = Mutex(State())

    private init(_ options: RemoteOptions) { self.options = options }

    // MARK: Starting

    /// Starts it, and waits until packets can come, or it is known why none do. A person may be asked for a password meanwhile.
    static func start(_ options: RemoteOptions) throws(CaptureError) {
        // Here it is known what is wrong with it, and there it would take a while.
        if let filter = options.filter { _ = try PacketFilter(filter) }
        let capture = RemoteCapture(options)
        let output: Descriptor
        do throws(ChildProcess.Failure) { output = try capture.run() } catch {
            throw CaptureError(.unreadable, "\(options.title): \(error.text)")
        }
        running.withLock { $0 = capture }
        var awaited = [Awaited(output)]
        while !awaited.wait(milliseconds: -1), !Interrupt.isRequested {}
        if awaited[0].isGone, !awaited[0].hasBytes {
            output.close()
            capture.waitForEnd()
            throw capture.refusal
        }
        guard StandardInput.replace(by: output, named: options.title) else {
            throw CaptureError(.unreadable, "\(options.title): \(SystemError.last.words)")
        }
    }

    /// Starts ssh; what it writes to standard output.
    private func run() throws(ChildProcess.Failure) -> Descriptor {
        guard let input = PipeEnds(), let output = PipeEnds(), let errors = PipeEnds() else {
            throw ChildProcess.Failure(text: "opening a pipe failed", status: 126)
        }
        let child = ChildProcess(
            options.command, environment: CurrentProcess.environment, input: input.reading, output: output.writing, errors: errors.writing,
            inherited: [])
        let process = try child.start()
        // The writing end of its input is open as long as this process lives.
        for descriptor in [input.reading, output.writing, errors.writing] { descriptor.close() }
        do throws(SystemError) {
            try Background.detach { self.listen(to: errors.reading, process) }
        } catch { throw ChildProcess.Failure(text: error.words, status: 126) }
        return output.reading
    }

    // MARK: What it says

    private func listen(to errors: Descriptor, _ process: Int32) {
        var room = [UInt8](repeating: 0, count: 4_096)
        var line: [UInt8] = []
        while let count = try? errors.read(into: &room), count > 0 {
            for byte in room[..<count] {
                if byte == 0x0A || byte == 0x0D {
                    take(line)
                    line = []
                } else if line.count < RemoteOptions.lineLimit {
                    line.append(byte)
                }
            }
        }
        take(line)
        errors.close()
        let status = ChildProcess.wait(for: process)
        state.withLock {
            $0.status = status
            $0.hasEnded = true
        }
    }

    private func take(_ line: [UInt8]) {
        guard let remark = RemoteOptions.remark(line) else { return }
        let isShown = state.withLock { state in
            state.said.append(remark)
            if state.said.count > Self.keptLineCount { state.said.removeFirst() }
            if state.held != nil { state.held?.append(remark) }
            return state.held == nil
        }
        if isShown { Output.remark("\(options.title): \(remark)") }
    }

    /// Keeps remarks back while there are screens; nil, and they are said.
    static func holdRemarks(_ isHeld: Bool) {
        guard let capture = running.withLock({ $0 }) else { return }
        let waiting = capture.state.withLock { state in
            defer { state.held = isHeld ? [] : nil }
            return state.held ?? []
        }
        for remark in waiting { Output.remark("\(capture.options.title): \(remark)") }
    }

    // MARK: Its end

    /// Waits a moment for the exit status.
    private func waitForEnd() {
        for _ in 0..<100 where !state.withLock({ $0.hasEnded }) { SystemClock.sleep(microseconds: 20_000) }
    }

    private var refusal: CaptureError {
        let (said, status) = state.withLock { ($0.said, $0.status) }
        return options.refusal(said, status: status)
    }

    /// Why the remote capture has ended by itself; nil while it has not, and where somebody wanted its end.
    static var failure: CaptureError? {
        guard let capture = running.withLock({ $0 }), !Interrupt.isRequested else { return nil }
        var awaited = [Awaited(Descriptor.standardInput)]
        awaited.wait(milliseconds: 0)
        guard awaited[0].isGone, !awaited[0].hasBytes else { return nil }
        capture.waitForEnd()
        let status = capture.state.withLock { $0.status }
        if Interrupt.isRequested || status == 0 { return nil }
        return CaptureError(.brokenOff, "\(capture.options.title): \(RemoteOptions.end(status))")
    }
}
