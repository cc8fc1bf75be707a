import ArgumentParser
import HTTP
import Inspection
import Replay

/// How a conversation is played.
struct PlayingOptions: ParsableArguments {
    enum Pace: String, ExpressibleByArgument, CaseIterable {
        case answers
        case recorded
    }

    @Option(
        help: ArgumentHelp(
            "Send each message once those before it have come (answers), or at its time in the capture (recorded).", valueName: "pace"))
    var pace: Pace?

    @Option(help: ArgumentHelp("Play the recorded times so many times faster; implies --pace recorded.", valueName: "factor"))
    var speed: Double?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "Send NEW in place of OLD in text, path and headers, or of a value in JSON: 'alice=bob', '$.auth.token=…'; may be repeated.",
            valueName: "old=new"))
    var substitutions: [String] = []

    @Option(
        name: .customLong("header"), parsing: .singleValue,
        help: ArgumentHelp(
            "Send this header in the request, or with no value after the colon leave it out; may be repeated.", valueName: "name: value"))
    var headers: [String] = []

    mutating func validate() throws {
        if let speed, !(speed > 0 && speed.isFinite) { throw ValidationError("--speed must be greater than 0: 2 is twice as fast.") }
        if speed != nil, pace == .answers {
            throw ValidationError("--speed is about recorded times, and --pace answers does not keep them.")
        }
        _ = try values()
        _ = try changes()
    }

    func options(_ peer: PeerOptions, _ input: InputOptions) throws -> Player.Options {
        var options = Player.Options()
        options.pace = pace == .recorded || speed != nil ? .recorded : .answers
        if let speed { options.speed = speed }
        options.patience = peer.patience
        options.messageByteCount = input.limits.messageByteCount
        options.headLimits.byteCount = input.limits.headByteCount
        return options
    }

    func values() throws -> Values {
        Values(
            try substitutions.map { written in
                do throws(Substitution.Mistake) { return try Substitution(written) } catch {
                    throw ValidationError("--set \(written): \(error.words)")
                }
            })
    }

    func changes() throws -> [FieldChange] {
        try headers.map { written in
            guard let change = FieldChange(written) else {
                throw ValidationError("--header \(written): expected 'Name: value', or 'Name:' to leave it out.")
            }
            return change
        }
    }
}
