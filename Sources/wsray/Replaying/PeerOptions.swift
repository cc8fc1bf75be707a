import ArgumentParser
import Replay
import SecureClient
import System
import WebSocket

/// Whom a conversation is played to.
struct PeerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Be the client of this server; a path in the URL takes the place of the captured one.", valueName: "url"),
        transform: target)
    var to: Target?

    @Option(help: ArgumentHelp("Be the server on this port, of this address (default: 127.0.0.1).", valueName: "[address:]port"))
    var listen: ListeningAddress?

    @Option(
        help: ArgumentHelp("How much longer than in the capture to wait for each message (default: 10s).", valueName: "time"))
    var timeout: TimeSpan?

    @Option(help: ArgumentHelp("With --listen: how long to wait for each client (default: for ever).", valueName: "time"))
    var wait: TimeSpan?

    @Option(
        help: ArgumentHelp("Trust the authorities of this file (PEM) in place of the system's.", valueName: "file"),
        completion: .file(extensions: ["pem", "crt"]))
    var cacert: String?

    @Flag(name: .customLong("insecure"), help: "Accept any certificate.")
    var isInsecure = false

    mutating func validate() throws {
        if to != nil, listen != nil { throw ValidationError("Either --to or --listen: wsray is the client or the server.") }
        guard to != nil || listen != nil else {
            throw ValidationError("Say to whom: --to ws://HOST:PORT/ for a server, or --listen PORT for a client.")
        }
        if cacert != nil || isInsecure {
            guard let to, to.isSecure else { throw ValidationError("--cacert and --insecure are about wss://.") }
            if cacert != nil, isInsecure { throw ValidationError("Either --cacert or --insecure.") }
        }
        if wait != nil, listen == nil { throw ValidationError("--wait is for --listen.") }
    }

    private static func target(_ url: String) throws -> Target {
        do throws(Target.Mistake) { return try Target(url) } catch { throw ValidationError(error.words) }
    }

    /// The side that wsray plays.
    var side: Side { to == nil ? .server : .client }

    var trust: SecureClient.Trust { isInsecure ? .anybody : cacert.map { .file($0) } ?? .system }

    /// What the other side is called.
    var title: String { to.map { $0.url($0.target ?? "") } ?? "clients of \(listen.map { "\($0)" } ?? "")" }

    var patience: Int64 { timeout?.nanoseconds ?? 10_000_000_000 }
}

/// An address and a port to listen on: `8080`, `0.0.0.0:8080`, `[::1]:8080`.
struct ListeningAddress: ExpressibleByArgument, CustomStringConvertible {
    var host = "127.0.0.1"
    var port: UInt16

    init?(argument: String) {
        if let port = UInt16(argument) {
            self.port = port
            return
        }
        guard let address = ServerAddress(argument, takesAnyPort: true) else { return nil }
        (host, port) = (address.host, address.port)
    }

    var description: String { ServerAddress(host: host, port: port).description }
}
