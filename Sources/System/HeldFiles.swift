/// Files that were opened by root, for a process that becomes another user before it reads them.
///
/// A file is known by the path that it was opened by. It can be read any number of times, side by side: each reading keeps its own offset.
/// Files stay open until the process ends.
package enum HeldFiles {
    private static let files = Mutex<[String: Held]>([:])

    private enum Held {
        case descriptor(Descriptor)
        /// Why it could not be opened.
        case failure(SystemError)
    }

    /// Opens the regular files among these, for later readings. What can be read only once is left for its time.
    package static func open(_ paths: [String]) {
        // And some for everything else.
        CurrentProcess.allowOpenFiles(paths.count + 256)
        for path in paths where path != "-" {
            // What a pipe's writer has written is lost if the pipe is opened and closed again.
            if let status = FileStatus(ofPath: path), status.kind != .regular { continue }
            do throws(SystemError) {
                let descriptor = try Descriptor.reading(path, waits: false)
                if FileStatus(of: descriptor)?.kind == .regular {
                    let former = files.withLock { $0.updateValue(.descriptor(descriptor), forKey: path) }
                    if case .descriptor(let former) = former { former.close() }
                } else {
                    descriptor.close()
                }
            } catch {
                if !error.isLackOfDescriptors { files.withLock { $0[path] = .failure(error) } }
            }
        }
    }

    /// The descriptor of a file that is held. It is not to be closed, and read at places only.
    package static func descriptor(of path: String) -> Descriptor? {
        guard case .descriptor(let descriptor) = files.withLock({ $0[path] }) else { return nil }
        return descriptor
    }

    /// The status of a file that is held, or of any other.
    package static func status(of path: String) -> FileStatus? {
        if let descriptor = descriptor(of: path) { return FileStatus(of: descriptor) }
        return FileStatus(ofPath: path)
    }

    /// Why opening a file failed.
    package static func failure(of path: String) -> SystemError? {
        guard case .failure(let error) = files.withLock({ $0[path] }) else { return nil }
        return error
    }
}
