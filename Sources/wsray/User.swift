import Capture
import System

/// Whom to become once the input is open, since showing what strangers send is no work for root.
enum User {
    /// Who the process has become.
    private static let current = Mutex<UserIdentity?>(nil)

    private static var hasBecomeAnother: Bool { current.withLock { $0 != nil } }

    /// Who is named, or who called sudo; nil for staying who one is.
    static func unprivileged(named name: String?) throws(CaptureError) -> UserIdentity? {
        guard UserIdentity.isRoot else {
            if let name, !hasBecomeAnother { throw CaptureError(.noPermission, "--user \(name): only root can become another user") }
            return nil
        }
        if let name {
            guard let user = UserIdentity(named: name) else { throw CaptureError(.noPermission, "--user \(name): there is no such user") }
            return user.id == 0 ? nil : user
        }
        guard let id = number("SUDO_UID"), let group = number("SUDO_GID"), id != 0 else { return nil }
        return UserIdentity(name: CurrentProcess.environment("SUDO_USER") ?? "\(id)", id: id, group: group)
    }

    private static func number(_ variable: String) -> UInt32? { CurrentProcess.environment(variable).flatMap { UInt32($0) } }

    /// Becomes this user, for good.
    static func become(_ user: UserIdentity) throws(CaptureError) {
        guard user.become() else {
            throw CaptureError(.noPermission, "becoming user \(user.name) failed; --user root remains root")
        }
        current.withLock { $0 = user }
    }

    /// What to add to the message on a file that cannot be written: it is not root who writes.
    static func explaining(_ error: CaptureError) -> CaptureError {
        guard error.kind == .noPermission, let user = current.withLock({ $0 }) else { return error }
        return CaptureError(.noPermission, "\(error.message); files are written as \(user.name), unless --user root is given")
    }
}

extension InputOptions {
    /// Opens the files to read and becomes who called sudo, for good, where a command was started as root; connects where a server is named.
    ///
    /// Interfaces are opened by `LiveInput`, which does the same. After either, files are written, and read, as that user.
    func giveUpRoot() throws(CaptureError) {
        guard live.interfaces.isEmpty else { return }
        try Self.giveUpRoot(reading: files + keys.logs + keys.privateKeys, as: live.user)
        try connect()
    }

    /// The same for files of any kind.
    static func giveUpRoot(reading files: [String], as name: String? = nil) throws(CaptureError) {
        guard let user = try User.unprivileged(named: name) else { return }
        HeldFiles.open(files)
        try User.become(user)
    }
}
