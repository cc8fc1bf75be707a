import CProcess

/// What the process gives up for good once its input is open: it goes on with bytes that strangers sent (`Docs/Sandbox.md`).
///
/// Linux only. What the kernel does not have is left out.
package enum Sandbox {
    /// What a command still needs.
    package struct Needs: Sendable {
        /// Directories that files are made in; nil for all, where a user will name them later.
        package var folders: [String]?
        /// It asks the kernel whose sockets are whose, and looks at the processes that have them open.
        package var diagnosesSockets = false
        /// The port that TCP connections are made to; nil where none is made.
        package var connectsTo: UInt16?
        /// TCP connections are taken from a socket that listens.
        package var accepts = false
        /// It only looks at processes, of all users where root started it.
        package var looksAtProcesses = false

        package init(folders: [String]? = []) { self.folders = folders }
    }

    /// Enters it, before any thread but those that need nothing of this is started. False where not even system calls are limited.
    @discardableResult
    package static func enter(_ needs: Needs) -> Bool {
        if needs.looksAtProcesses {
            _ = wsray_drop_capabilities(Self.seesOpenFiles | Self.readsDirectories)
        } else {
            dropCapabilities(diagnosesSockets: needs.diagnosesSockets)
        }
        _ = wsray_refuse_privileges()
        if let folders = needs.folders { limitFiles(to: folders, connectingTo: needs.connectsTo) }
        let more = (needs.diagnosesSockets ? 1 : 0) | (needs.connectsTo == nil ? 0 : 2) | (needs.accepts ? 4 : 0)
        return wsray_filter_calls(Int32(more)) == 0
    }

    /// CAP_SYS_PTRACE: what a process has open, also one of root.
    private static let seesOpenFiles: UInt64 = 1 << 19
    /// CAP_DAC_READ_SEARCH: the same of processes of other users.
    private static let readsDirectories: UInt64 = 1 << 2

    /// Gives up the capabilities of this thread, and of those that it starts.
    /// - Parameter diagnosesSockets: CAP_SYS_PTRACE stays where it is held, to see which sockets a process of root has open.
    package static func dropCapabilities(diagnosesSockets: Bool) { _ = wsray_drop_capabilities(diagnosesSockets ? seesOpenFiles : 0) }

    /// Nothing can be written but devices that are open to everybody, such as terminals, and what is in these directories; and no TCP
    /// connection can be made but to this port.
    private static func limitFiles(to folders: [String], connectingTo port: UInt16?) {
        let ruleset = wsray_landlock_begin()
        guard ruleset >= 0 else { return }
        // Invariant: the paths end with a zero and are valid for the call.
        _ = unsafe wsray_landlock_allow(ruleset, "/dev", 0)
        for folder in folders { _ = unsafe wsray_landlock_allow(ruleset, folder, 1) }
        if let port { _ = wsray_landlock_allow_port(ruleset, port) }
        _ = wsray_landlock_enter(ruleset)
    }

    /// Directories that files without names are made in.
    package static var temporaryFolders: [String] { UnnamedFile.folders }

    /// The directory that a file of this path is in.
    package static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
