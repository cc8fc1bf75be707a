import Capture
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whom to become once the input is open, since showing what strangers send is no work for root.
struct User: Sendable {
    var name: String
    var id: UInt32
    var group: UInt32

    /// Who the process has become.
    private static let current = Mutex<User?>(nil)

    private init(name: String, id: UInt32, group: UInt32) {
        self.name = name
        self.id = id
        self.group = group
    }

    private static var hasBecomeAnother: Bool { current.withLock { $0 != nil } }

    /// The system's user of this name; nil when there is none.
    init?(named name: String) {
        guard let entry = unsafe getpwnam(name) else { return nil }
        // Invariant: the entry is valid until the next look-up.
        unsafe self.init(name: name, id: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
    }

    /// Who is named, or who called sudo; nil for staying who one is.
    static func unprivileged(named name: String?) throws(CaptureError) -> User? {
        guard geteuid() == 0 else {
            if let name, !hasBecomeAnother { throw CaptureError(.noPermission, "--user \(name): only root can become another user") }
            return nil
        }
        if let name {
            guard let user = User(named: name) else { throw CaptureError(.noPermission, "--user \(name): there is no such user") }
            return user.id == 0 ? nil : user
        }
        guard let id = number("SUDO_UID"), let group = number("SUDO_GID"), id != 0 else { return nil }
        return User(name: Output.environment("SUDO_USER") ?? "\(id)", id: id, group: group)
    }

    private static func number(_ variable: String) -> UInt32? { Output.environment(variable).flatMap { UInt32($0) } }

    /// The directory that the system has for this user.
    var home: String? {
        guard let entry = unsafe getpwuid(id), let home = unsafe entry.pointee.pw_dir else { return nil }
        return unsafe String(cString: home)
    }

    /// Becomes this user, for good.
    func become() throws(CaptureError) {
        #if canImport(Darwin)
            let hasGroups = unsafe initgroups(name, Int32(bitPattern: group)) == 0
        #else
            let hasGroups = unsafe initgroups(name, group) == 0
        #endif
        guard hasGroups, setgid(group) == 0, setuid(id) == 0, setuid(0) != 0 else {
            throw CaptureError(.noPermission, "becoming user \(name) failed; --user root remains root")
        }
        Self.current.withLock { $0 = self }
    }

    /// What to add to the message on a file that cannot be written: it is not root who writes.
    static func explaining(_ error: CaptureError) -> CaptureError {
        guard error.kind == .noPermission, let user = current.withLock({ $0 }) else { return error }
        return CaptureError(.noPermission, "\(error.message); files are written as \(user.name), unless --user root is given")
    }
}

extension InputOptions {
    /// Opens the files to read and becomes who called sudo, for good, where a command was started as root.
    ///
    /// Interfaces are opened by `LiveInput`, which does the same. After either, files are written, and read, as that user.
    func giveUpRoot() throws(CaptureError) {
        guard live.interfaces.isEmpty else { return }
        try Self.giveUpRoot(reading: files, as: live.user)
    }

    /// The same for files of any kind.
    static func giveUpRoot(reading files: [String], as name: String? = nil) throws(CaptureError) {
        guard let user = try User.unprivileged(named: name) else { return }
        HeldFiles.open(files)
        try user.become()
    }
}
