import Subprotocols
import System
import Text

/// The program of `--decode-with`: started before the command gives up starting programs, or else with the first message; ended with the
/// report, given up once it fails.
///
/// One thread after the other has it: the one that sets the report up, and the one that shows.
final class DecodingProgram: MessageProgram, @unchecked Sendable {
    /// How long a message may take.
    private static let milliseconds: Int64 = 5_000
    /// Bytes of an answer.
    private static let answerLimit = 1 << 20

    private let command: String
    private var process: CompanionProcess?
    private var answeredCount: UInt64 = 0
    /// What went wrong, for people.
    private(set) var failure: String?

    init(_ command: String) { self.command = command }

    /// Starts it now, and not with the first message.
    func start() {
        guard failure == nil else { return }
        do { _ = try running() } catch { failure = words(of: error) }
    }

    func answer(to line: Span<UInt8>) -> [UInt8]? {
        guard failure == nil else { return nil }
        do {
            let process = try running()
            let answer = try process.answer(to: line, milliseconds: Self.milliseconds, limit: Self.answerLimit)
            answeredCount += 1
            return answer
        } catch let error as ChildProcess.Failure {
            failure = words(of: error)
        } catch let error as CompanionProcess.Failure {
            failure = "--decode-with: \(words(error)) after \(Quantity.counted(answeredCount, "message")); no further messages are decoded"
        } catch {
            failure = "--decode-with: the program could not be asked"
        }
        return nil
    }

    private func words(of failure: ChildProcess.Failure) -> String { "--decode-with: \(failure.text)" }

    private func running() throws(ChildProcess.Failure) -> CompanionProcess {
        if let process { return process }
        let started = try CompanionProcess(command, environment: CurrentProcess.environment)
        process = started
        return started
    }

    private func words(_ failure: CompanionProcess.Failure) -> String {
        let status = process?.finish()
        switch failure {
        case .late: return "the program did not answer a message within \(Self.milliseconds / 1_000) s"
        case .tooLong: return "the program answered a message with more than \(Quantity.size(UInt64(Self.answerLimit)))"
        case .gone: return "the program exited" + (status.map { " with status \($0)" } ?? "")
        }
    }

    func finish() { process?.finish() }
}
