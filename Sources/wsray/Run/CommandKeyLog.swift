import Bytes
import Capture
import System
import TLS

/// The key log that a command writes to: a file in a directory of its own, both gone when this is.
final class CommandKeyLog: @unchecked Sendable {
    // Invariant: used by the thread that inspects packets only, and by the finder of its store, which that thread calls.
    private let directory: String
    private let file: PrivateFile
    private let reader: KeyLogReader
    /// Lines for a file that is written, where one is; the last may lack its end.
    private var lines: [UInt8] = []
    private let keepsLines: Bool
    private var isOver = false

    static let sourceName = "the command"

    /// - Parameter keepsLines: `takeLines` will be called.
    init(into store: KeyStore, keepsLines: Bool, temporaryDirectory: String) throws(CaptureError) {
        do throws(SystemError) {
            directory = try Directory.makeTemporary(in: temporaryDirectory, prefix: "wsray-run-")
            file = try PrivateFile("\(directory)/keys.log")
        } catch {
            throw CaptureError(.unreadable, "making a key log in \(temporaryDirectory) failed: \(error.words); set TMPDIR to another one")
        }
        self.keepsLines = keepsLines
        reader = KeyLogReader(into: store, source: store.addSource(Self.sourceName))
    }

    deinit { remove() }

    var path: String { file.path }

    /// Takes what the command has logged since.
    func poll() {
        if isOver { return }
        _ = file.readOn { bytes in
            reader.take(bytes)
            if keepsLines { lines += bytes.copied() }
        }
    }

    /// The whole lines that came since the last time; nil where there are none.
    func takeLines() -> DecryptionSecrets? {
        guard let end = lines.lastIndex(of: UInt8(ascii: "\n")) else { return nil }
        let whole = Array(lines[...end])
        lines.removeFirst(end + 1)
        return DecryptionSecrets(form: .tlsKeyLog, bytes: whole)
    }

    /// Overwrites the file and removes it with its directory.
    func remove() {
        guard !isOver else { return }
        isOver = true
        file.wipe()
        Directory.remove(directory)
        PrivateFile.wipe(&lines)
    }
}
