import Bytes
import Capture
import System
import TLS

/// The secrets of one run: from key logs, from servers' private keys, and from what captures bring along.
///
/// One for all that read the same input, however often; threads may share it.
final class KeyFiles: Sendable {
    let store = KeyStore()
    /// Key logs, by their paths.
    let logs: [String]
    /// Private keys in PEM, by their paths.
    let privateKeys: [String]
    private let state = Mutex(State())

    private struct State {
        var isLoaded = false
        var readers: [KeyLogFile] = []
        /// Hashes of the secrets blocks that were read.
        var taken: Set<Int> = []
        /// The source of secrets from captures.
        var captureSource: Int?
    }

    init(logs: [String] = [], privateKeys: [String] = []) {
        self.logs = logs
        self.privateKeys = privateKeys
    }

    /// Reads what there is. Does nothing the second time.
    /// - Parameters:
    ///   - captures: files that may hold secrets which stand after the packets that need them.
    ///   - isLive: logs may grow.
    func load(captures: [String], isLive: Bool) throws(CaptureError) {
        guard
            !state.withLock({ state in
                defer { state.isLoaded = true }
                return state.isLoaded
            })
        else { return }
        for path in privateKeys { try load(privateKey: path) }
        for path in logs {
            let log = try KeyLogFile(path, into: store, isLive: isLive)
            state.withLock { $0.readers.append(log) }
        }
        store.expectsMore = isLive && !logs.isEmpty || captures.contains("-")
        let files = captures.filter { $0 != "-" }
        if isLive, !logs.isEmpty { store.setFinder(repeats: true) { [weak self] in _ = self?.poll() } }
        if !files.isEmpty { store.setFinder { [weak self] in for file in files { self?.findSecrets(in: file) } } }
    }

    private func load(privateKey path: String) throws(CaptureError) {
        var source = try ByteSource(path: path)
        let bytes = try source.readAll(limit: 1 << 20)
        do throws(PrivateKey.LoadError) {
            store.add(try PrivateKey(pem: bytes.span, name: path))
        } catch {
            let problem =
                switch error {
                case .unreadable: "expected a private key in PEM without a passphrase"
                case .notRSA: "expected an RSA key: only RSA key exchange can be opened with the server's key"
                }
            throw CaptureError(.malformed, "\(path): \(problem)")
        }
    }

    /// Reads what key logs have gained since; true if there are new secrets.
    func poll() -> Bool {
        if logs.isEmpty { return false }
        let before = store.generation
        state.withLock { state in for reader in state.readers { reader.poll() } }
        return store.generation != before
    }

    /// The input can bring no secrets after its packets.
    func expectNothing() { store.expectsMore = false }

    /// Takes a secrets block of a capture; true if there is something new in it.
    func take(_ secrets: DecryptionSecrets) -> Bool {
        guard secrets.form == .tlsKeyLog else { return false }
        let (isNew, source) = state.withLock { state -> (Bool, Int) in
            let source = state.captureSource ?? store.addSource("the capture")
            state.captureSource = source
            // A file may be read more than once.
            return (state.taken.insert(secrets.bytes.hashValue).inserted, source)
        }
        guard isNew else { return false }
        let before = store.generation
        let log = KeyLogReader(into: store, source: source)
        log.take(secrets.bytes.span)
        log.finish()
        return store.generation != before
    }

    /// How long a live capture may wait for packets, in milliseconds: key logs are looked at meanwhile.
    func patience(_ milliseconds: Int32) -> Int32 {
        guard !logs.isEmpty else { return milliseconds }
        return milliseconds < 0 ? Self.pollMilliseconds : min(milliseconds, Self.pollMilliseconds)
    }

    private static let pollMilliseconds: Int32 = 100

    /// Reads a file to its end for the sake of its secrets blocks.
    private func findSecrets(in path: String) {
        do throws(CaptureError) {
            var reader = try CaptureReader(try ByteSource(path: path), name: path)
            guard reader.facts.format == .pcapng else { return }
            defer { for secrets in reader.facts.secrets { _ = take(secrets) } }
            while try reader.next() != nil {}
        } catch {
            // Whoever reads its packets says so.
        }
    }
}
