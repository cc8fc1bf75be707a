#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What stat(2) says of a file.
package struct FileStatus: Sendable {
    package enum Kind: Sendable {
        case regular
        case directory
        case pipe
        /// A terminal, for example.
        case characterDevice
        case other
    }

    package let kind: Kind
    package let byteCount: UInt64
    private let device: UInt64
    private let inode: UInt64

    package init?(of descriptor: Descriptor) {
        var status = stat()
        guard unsafe fstat(descriptor.number, &status) == 0 else { return nil }
        self.init(status)
    }

    /// - Parameter followsLink: false for what is said of a symbolic link itself.
    package init?(ofPath path: String, followsLink: Bool = true) {
        var status = stat()
        guard unsafe (followsLink ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFIFO: .pipe
            case S_IFCHR: .characterDevice
            default: .other
            }
        byteCount = UInt64(clamping: status.st_size)
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(truncatingIfNeeded: status.st_ino)
    }

    /// Both are of one file.
    package func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }

    /// Whether there is anything of this name.
    package static func isThere(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Whether this process may make files in a directory.
    package static func canCreate(in directory: String) -> Bool { unsafe access(directory, W_OK | X_OK) == 0 }
}
