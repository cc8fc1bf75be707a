import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Files that were opened by root, for a process that becomes another user before it reads them.
///
/// A file is known by the path that it was opened by. It can be read any number of times, side by side: each reading keeps its own offset.
/// Files stay open until the process ends.
public enum HeldFiles {
    private static let files = Mutex<[String: Held]>([:])

    private enum Held {
        case descriptor(Int32)
        /// Why it could not be opened, as an error number.
        case failure(Int32)
    }

    /// Opens the regular files among these, for later readings. What can be read only once is left for its time.
    public static func open(_ paths: [String]) {
        makeRoom(for: paths.count)
        for path in paths where path != "-" {
            let descriptor = systemOpen(path, O_NONBLOCK)
            let code = errno
            guard descriptor >= 0 else {
                if code != EMFILE, code != ENFILE { files.withLock { $0[path] = .failure(code) } }
                continue
            }
            var status = stat()
            if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
                let former = files.withLock { $0.updateValue(.descriptor(descriptor), forKey: path) }
                if case .descriptor(let former) = former { close(former) }
            } else {
                close(descriptor)
            }
        }
    }

    /// The descriptor of a file that is held. It is not to be closed, and read with pread(2) only.
    public static func descriptor(of path: String) -> Int32? {
        guard case .descriptor(let descriptor) = files.withLock({ $0[path] }) else { return nil }
        return descriptor
    }

    /// What stat(2) says, of a file that is held or of any other.
    public static func status(of path: String) -> stat? {
        var status = stat()
        if let descriptor = descriptor(of: path) { return unsafe fstat(descriptor, &status) == 0 ? status : nil }
        return unsafe stat(path, &status) == 0 ? status : nil
    }

    /// The error number with which opening a file failed.
    static func failure(of path: String) -> Int32? {
        guard case .failure(let code) = files.withLock({ $0[path] }) else { return nil }
        return code
    }

    /// Raises the limit on open files where it is too low for so many, and some for everything else.
    private static func makeRoom(for count: Int) {
        var limit = rlimit()
        let wanted = rlim_t(count) + 256
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < wanted else { return }
        limit.rlim_cur = wanted
        limit.rlim_max = max(limit.rlim_max, wanted)
        _ = unsafe setrlimit(resource, &limit)
    }
}

/// open(2) for reading, under a name that methods do not hide.
func systemOpen(_ path: String, _ flags: Int32 = 0) -> Int32 {
    while true {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | flags)
        if descriptor >= 0 || errno != EINTR { return descriptor }
    }
}
