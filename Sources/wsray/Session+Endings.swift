import ArgumentParser
import Bytes
import Capture
import Decoding
import Filter
import Input
import Inspection
import Subprotocols
import System

extension EndingsSink: EventReport {
    var output: ByteBuffer {
        get { ByteBuffer() }
        set {}
    }

    mutating func begin(sources: [String]) {}
    mutating func finish(_ summary: Summary, failure: String?) {}
}

/// A first reading, for conditions on how connections end.
extension Session {
    /// What `condition` asks about ends, answered; the input is read only where it asks.
    /// - Parameters:
    ///   - inspection: of the reading that follows.
    ///   - rules: how messages belong together, where conditions ask about answers.
    ///   - program: what decodes them, likewise.
    static func endings(
        _ input: InputOptions, _ inspection: Inspector.Options, _ condition: Condition, _ rules: [PairRule] = [],
        _ program: (any MessageProgram)? = nil
    ) throws -> Endings {
        guard let field = condition.fieldOfEnding else { return Endings() }
        try requireFiles(input, for: field)
        var learning = DecodingSink(
            EndingsSink(condition), isDecoding: condition.asksForUnanswered, rules: rules, program: program, unansweredLimit: .max)
        do throws(CaptureError) {
            var session = try Session(input, inspection: inspection.forEndings(of: condition))
            // What is wrong with the input, the second reading says.
            session.makesRemarks = false
            _ = session.run(&learning)
        } catch {
            Output.remark(error.message)
            throw ExitCode(error.exitStatus)
        }
        guard !Interrupt.isRequested else {
            Output.remark("interrupted before the end of the input, where \(field) is known: nothing can be shown")
            throw ExitCode(130)
        }
        return learning.downstream.endings
    }

    /// Refuses what cannot be read twice.
    private static func requireFiles(_ input: InputOptions, for field: String) throws {
        let reason = "--where: \(field) is known when a connection has ended, so the input is read twice"
        if let interface = input.live.interfaces.first {
            Output.remark("\(reason); write the capture to a file first: wsray -i \(interface) -w FILE, then name FILE in its place")
        } else if let file = input.files.first(where: { InputCopy.isNeeded(for: $0) }) {
            Output.remark("\(reason), and \(InputFile.name(of: file)) can be read only once; write it to a file first, and name that")
        } else {
            return
        }
        throw ExitCode(64)
    }
}

extension Inspector.Options {
    /// The same inspection where nothing is wanted but how connections end, and what was not answered until then.
    func forEndings(of condition: Condition) -> Inspector.Options {
        var options = self
        options.keptByteCount = condition.asksForUnanswered ? DecodingOptions.keptByteCount : 0
        options.keepsWireBytes = false
        options.measuresTraffic = false
        options.reportsPolling = condition.asksForUnanswered
        options.locates = false
        return options
    }
}
