import ArgumentParser
import Replay
import System

/// Where a conversation is played: what is looked up and opened before anything is given up.
enum ReplayScene {
    case client(of: ResolvedServer, Target)
    case server(ListeningSocket)

    init(_ peer: PeerOptions) throws {
        do throws(ServerAddress.Failure) {
            if let target = peer.to {
                self = .client(of: try ServerAddress(host: target.host, port: target.port).resolve(), target)
            } else if let listen = peer.listen {
                self = .server(try ListeningSocket(listen.host, listen.port))
            } else {
                throw ServerAddress.Failure(words: "there is no peer")
            }
        } catch {
            let doing = peer.to == nil ? "listening on \(peer.listen.map { "\($0)" } ?? "")" : "looking up \(peer.to?.host ?? "")"
            Output.remark("\(doing) failed: \(error.words)")
            throw ExitCode(2)
        }
    }
}
