#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A file that takes its place, and that of what was there, once it is whole; until then it stands beside that.
///
/// What is no regular file, such as a pipe or a link to another place, is written to as it is.
package final class ReplacedFile {
    package let path: String
    package let descriptor: Descriptor
    /// The name that it has meanwhile; nil where it is written in place.
    private var temporaryPath: String?
    private let user: UInt32

    package init(_ path: String, as user: UInt32 = geteuid()) throws(PathError) {
        self.path = path
        self.user = user
        if let status = FileStatus(ofPath: path, followsLink: false), status.kind != .regular {
            descriptor = try OutputPath.createFile(path, .isEmptied, as: user)
            return
        }
        // What must not be written over is refused before the work begins.
        if user == 0 { try OutputPath(path, as: user, followsLast: false).check() }
        let temporaryPath = "\(path).\(getpid()).part"
        descriptor = try OutputPath.createFile(temporaryPath, .isRefused, as: user)
        self.temporaryPath = temporaryPath
    }

    deinit {
        descriptor.close()
        if let temporaryPath { OutputPath.removeFile(temporaryPath, as: user) }
    }

    /// Puts it in its place, where it has as many bytes as were written.
    /// - Returns: false where it has not; then it is removed.
    package func commit(byteCount: UInt64) throws(PathError) -> Bool {
        guard let temporaryPath else { return true }
        guard FileStatus(of: descriptor)?.byteCount == byteCount else { return false }
        try OutputPath.moveFile(temporaryPath, to: path, as: user)
        self.temporaryPath = nil
        return true
    }
}

extension OutputPath {
    /// Gives a file another name; a file of that name is there no longer.
    package static func moveFile(_ path: String, to newPath: String, as user: UInt32 = geteuid()) throws(PathError) {
        guard user == 0 else {
            if unsafe rename(path, newPath) != 0 { throw fault(newPath, errno) }
            return
        }
        let source = try OutputPath(path, as: user, followsLast: false)
        let target = try OutputPath(newPath, as: user, followsLast: false)
        try target.check()
        if unsafe renameat(source.directory, source.name, target.directory, target.name) != 0 { throw fault(newPath, errno) }
    }
}
