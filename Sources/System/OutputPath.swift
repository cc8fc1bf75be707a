#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Why a file or directory could not be made.
package struct PathError: Error, Equatable, Sendable {
    /// For want of permission.
    package var isDenied: Bool
    /// One line without a full stop, beginning with the path.
    package var message: String
}

/// Where a file or a directory is written to.
///
/// For most users the system decides what may be opened. Root may open everything, so what others can have put in its way is refused:
/// a symbolic link anywhere in the path that root does not own; in a directory where everybody may make files (`/tmp`), a file that
/// somebody else owns; in a directory that others may write to, a file with several names.
///
/// A path is gone through component by component, each opened relative to the one before, so what was looked at is what is opened.
package struct OutputPath: ~Copyable {
    private let path: String
    /// Whose eyes it is looked at with.
    private let user: UInt32
    private(set) var directory: Int32
    private(set) var name: String
    /// The last component is a link that the kernel makes, as `/dev/stdout` leads to one.
    private var isKernelLink = false

    private static let mostLinks = 40
    #if os(Linux)
        /// With O_PATH, which the C library's module does not show.
        private static let forSearching = 0x20_0000 | O_DIRECTORY | O_CLOEXEC
    #else
        private static let forSearching = O_RDONLY | O_DIRECTORY | O_CLOEXEC
    #endif

    /// What happens to a file that is there already.
    package enum Existing: Sendable {
        case isEmptied
        case isRefused
    }

    /// Opens a file for writing. What packets carry is not for everybody, so a new one is readable by its owner only.
    package static func createFile(
        _ path: String, _ existing: Existing, as user: UInt32 = geteuid()
    ) throws(PathError) -> Descriptor {
        let flags =
            switch existing {
            case .isEmptied: O_TRUNC
            case .isRefused: O_EXCL
            }
        guard user == 0 else {
            return Descriptor(try opened(path) { unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o600) })
        }
        let place = try OutputPath(path, as: user)
        return Descriptor(try place.createFile(flags))
    }

    /// Opens a directory, made for its owner only where there is none.
    package static func createDirectory(_ path: String, as user: UInt32 = geteuid()) throws(PathError) -> Descriptor {
        guard user == 0 else {
            if unsafe mkdir(path, 0o700) != 0, errno != EEXIST { throw fault(path, errno) }
            return Descriptor(try opened(path) { unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        }
        let place = try OutputPath(withoutSlashes(path), as: user)
        try place.check()
        if unsafe mkdirat(place.directory, place.name, 0o700) != 0, errno != EEXIST { throw fault(path, errno) }
        let made = try opened(path) { unsafe openat(place.directory, place.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) }
        do throws(PathError) { try place.check(made) } catch {
            close(made)
            throw error
        }
        return Descriptor(made)
    }

    /// Removes a file.
    package static func removeFile(_ path: String, as user: UInt32 = geteuid()) {
        guard user == 0 else {
            _ = unsafe unlink(path)
            return
        }
        guard let place = try? OutputPath(path, as: user, followsLast: false) else { return }
        _ = unsafe unlinkat(place.directory, place.name, 0)
    }

    // MARK: Going through a path

    init(_ path: String, as user: UInt32, followsLast: Bool = true) throws(PathError) {
        self.path = path
        self.user = user
        directory = -1
        name = "."
        guard !path.isEmpty else { throw Self.fault(path, ENOENT) }
        var pending: [String] = []
        try begin(path, &pending)
        var linkCount = 0
        while let component = pending.popLast() {
            var status = stat()
            let isLink =
                unsafe fstatat(directory, component, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFLNK
                && (followsLast || !pending.isEmpty)
            if isLink {
                guard status.st_uid == user else {
                    throw PathError(
                        isDenied: true, message: "\(path): \(component) is a symbolic link that root does not own: not followed")
                }
                linkCount += 1
                guard linkCount <= Self.mostLinks else { throw Self.fault(path, ELOOP) }
                isKernelLink = Self.isOfKernel(status)
                if !isKernelLink {
                    try begin(try target(of: component), &pending)
                    continue
                }
            }
            if pending.isEmpty {
                name = component
                return
            }
            let flags = Self.forSearching | (isKernelLink ? 0 : O_NOFOLLOW)
            enter(try Self.opened(path) { unsafe openat(directory, component, flags) })
            isKernelLink = false
        }
    }

    deinit { if directory >= 0 { close(directory) } }

    /// Puts the components of a path, or of what a link says, before those that are pending.
    private mutating func begin(_ text: String, _ pending: inout [String]) throws(PathError) {
        if text.utf8.first == UInt8(ascii: "/") {
            enter(try Self.opened(path) { unsafe open("/", Self.forSearching) })
        } else if directory < 0 {
            enter(try Self.opened(path) { unsafe open(".", Self.forSearching) })
        }
        var components = text.split(separator: "/").map(String.init)
        if components.isEmpty || text.utf8.last == UInt8(ascii: "/") { components.append(".") }
        pending += components.reversed()
    }

    private mutating func enter(_ next: Int32) {
        if directory >= 0 { close(directory) }
        directory = next
    }

    private func target(of link: String) throws(PathError) -> String {
        var room = [CChar](repeating: 0, count: 4_096)
        // Invariant: no more is written than the array has room for.
        let count = unsafe readlinkat(directory, link, &room, room.count)
        guard count > 0 else { throw Self.fault(path, count < 0 ? errno : ENOENT) }
        return String(decoding: room[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// In /proc there are links to what has no path, and nobody can make any.
    private static func isOfKernel(_ link: stat) -> Bool {
        #if os(Linux)
            var proc = stat()
            return unsafe stat("/proc/self", &proc) == 0 && proc.st_dev == link.st_dev
        #else
            return false
        #endif
    }

    // MARK: Opening

    private func createFile(_ flags: Int32) throws(PathError) -> Int32 {
        if isKernelLink { return try Self.opened(path) { unsafe openat(directory, name, O_WRONLY | O_CLOEXEC | flags) } }
        // Opening a pipe of somebody else would wait for them.
        if flags & O_EXCL == 0 { try check() }
        // It is emptied when it is known whose it is.
        let file = try Self.opened(path) {
            unsafe openat(directory, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags & ~O_TRUNC, 0o600)
        }
        do throws(PathError) {
            let status = try check(file)
            if flags & O_TRUNC != 0, status.st_mode & S_IFMT == S_IFREG, ftruncate(file, 0) != 0 { throw Self.fault(path, errno) }
        } catch {
            close(file)
            throw error
        }
        return file
    }

    /// Refuses what is there, if something is.
    func check() throws(PathError) {
        var status = stat()
        if unsafe fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { try check(status) }
    }

    @discardableResult
    private func check(_ file: Int32) throws(PathError) -> stat {
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw Self.fault(path, errno) }
        try check(status)
        return status
    }

    private func check(_ file: stat) throws(PathError) {
        var parent = stat()
        guard unsafe fstat(directory, &parent) == 0 else { throw Self.fault(path, errno) }
        let isEverybodys = parent.st_mode & (S_ISVTX | S_IWOTH) == S_ISVTX | S_IWOTH
        if isEverybodys, file.st_uid != user, file.st_uid != parent.st_uid {
            throw PathError(
                isDenied: true,
                message: "\(path): is there already, owned by another user, in a directory where everybody may make files: not opened"
            )
        }
        let isOthers = parent.st_uid != user || parent.st_mode & (S_IWGRP | S_IWOTH) != 0
        if isOthers, file.st_mode & S_IFMT == S_IFREG, file.st_nlink > 1 {
            throw PathError(
                isDenied: true, message: "\(path): is another name of a file, in a directory that others may write to: not opened")
        }
    }

    /// A directory may be named with a slash at the end.
    private static func withoutSlashes(_ path: String) -> String {
        guard let last = path.lastIndex(where: { $0 != "/" }) else { return path }
        return String(path[...last])
    }

    private static func opened(_ path: String, _ open: () -> Int32) throws(PathError) -> Int32 {
        while true {
            let descriptor = open()
            if descriptor >= 0 { return descriptor }
            if errno != EINTR { throw fault(path, errno) }
        }
    }

    static func fault(_ path: String, _ code: Int32) -> PathError {
        PathError(isDenied: code == EACCES || code == EPERM, message: "\(path): \(SystemError(code: code).words)")
    }
}
