#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A user of the system, whom a process of root can become.
package struct UserIdentity: Sendable {
    package var name: String
    package var id: UInt32
    package var group: UInt32

    package init(name: String, id: UInt32, group: UInt32) {
        self.name = name
        self.id = id
        self.group = group
    }

    /// The system's user of this name; nil when there is none.
    package init?(named name: String) {
        guard let entry = unsafe getpwnam(name) else { return nil }
        // Invariant: the entry is valid until the next look-up.
        unsafe self.init(name: name, id: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
    }

    /// Whether this process does what it does as root.
    package static var isRoot: Bool { geteuid() == 0 }

    /// The directory that the system has for this user.
    package var home: String? {
        guard let entry = unsafe getpwuid(id), let home = unsafe entry.pointee.pw_dir else { return nil }
        // Invariant: the entry is valid until the next look-up.
        return unsafe String(cString: home)
    }

    /// Becomes this user, for good; false when that failed, or could be taken back.
    package func become() -> Bool {
        #if canImport(Darwin)
            let hasGroups = unsafe initgroups(name, Int32(bitPattern: group)) == 0
        #else
            let hasGroups = unsafe initgroups(name, group) == 0
        #endif
        return hasGroups && setgid(group) == 0 && setuid(id) == 0 && setuid(0) != 0
    }
}
