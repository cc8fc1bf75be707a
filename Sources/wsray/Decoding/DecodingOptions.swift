import ArgumentParser
import Filter
import Subprotocols

/// What commands take that show what messages mean.
struct DecodingOptions: ParsableArguments {
    @Flag(name: .customLong("no-decode"), help: "Do not say what messages mean in the protocol that a connection speaks.")
    var isOff = false

    @Option(
        name: .customLong("decode-with"),
        help: ArgumentHelp(
            "A program that decodes messages whose protocol the handshake does not name: one line of JSON in, one out.",
            valueName: "command"))
    var command: String?

    @Option(
        name: .customLong("proto"),
        help: ArgumentHelp(
            "A FileDescriptorSet (protoc --descriptor_set_out) with the names of protobuf fields.", valueName: "file"),
        completion: .file())
    var proto: String?

    @Option(
        name: .customLong("proto-message"), parsing: .singleValue,
        help: ArgumentHelp(
            "The type of the protobuf messages: NAME, or client=NAME and server=NAME (default: the only top-level message).",
            valueName: "name"))
    var protoMessages: [String] = []

    @OptionGroup var pairing: PairingOptions

    var rules: [PairRule] { pairing.rules }

    /// What `--decode-with` names, which has not been started.
    func makeProgram() -> DecodingProgram? { isOff ? nil : command.map { DecodingProgram($0) } }

    /// Requests without an answer that reports name at the end of a connection.
    static let unansweredLimit = 1_000

    /// Refuses a program where there would be one for each file, of which only the first could be started.
    func validate(with jobs: JobOptions, _ input: InputOptions) throws {
        guard jobs.jobs != nil, command != nil, !isOff, input.isConfined else { return }
        throw ValidationError("--decode-with starts a program for each file that --jobs reads, which needs --no-sandbox.")
    }

    /// Bytes of a message that are needed to decode it, where a report asks for fewer: what says which request it answers may stand at its
    /// end.
    static let keptByteCount = Int.max
}

/// What commands take that want to know which messages belong together.
struct PairingOptions: ParsableArguments {
    @Option(
        name: .customLong("pair"), parsing: .singleValue,
        help: ArgumentHelp(
            "How requests and answers of a private protocol are paired: 'request.id == response.reqId'; may be repeated.",
            valueName: "rule"))
    var rules: [PairRule] = []
}

/// What commands take that can explain waits.
struct WaitOptions: ParsableArguments {
    @Flag(
        name: .customLong("why"),
        help: "Say where the time between each request and its answer went: peer, network, sent again, window, another message.")
    var explains = false

    /// Refuses it where nothing is decoded.
    func validate(with decoding: DecodingOptions) throws { if explains { try decoding.requireDecoding(for: "--why") } }
}

/// The same where messages are shown one by one.
struct MessageWaitOptions: ParsableArguments {
    @Flag(
        name: .customLong("why-all"),
        help: "The same, and for every message how long it was on its way and what held it up.")
    var explains = false

    /// Refuses it where nothing is decoded.
    func validate(with decoding: DecodingOptions) throws { if explains { try decoding.requireDecoding(for: "--why-all") } }
}

extension DecodingOptions {
    fileprivate func requireDecoding(for option: String) throws {
        guard isOff else { return }
        throw ValidationError("\(option) explains answers, which are known of messages that are decoded: leave --no-decode out.")
    }
}
