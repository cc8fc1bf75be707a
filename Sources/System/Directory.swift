#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Directories, and small files that the system makes up when they are read.
package enum Directory {
    /// The names in a directory; none where it cannot be read.
    package static func names(in path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            // Invariant: the name ends with a zero, and is valid until the next call.
            names.append(
                unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                    unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                })
        }
        return names.filter { $0 != "." && $0 != ".." }
    }

    /// All of a file whose length is not known before; nil where it cannot be read.
    package static func content(ofFile path: String) -> [UInt8]? {
        guard let descriptor = try? Descriptor.reading(path) else { return nil }
        defer { descriptor.close() }
        var content: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 32 << 10)
        while true {
            do throws(SystemError) {
                let count = try descriptor.read(into: &room)
                if count == 0 { return content }
                content += room.prefix(count)
            } catch {
                if !error.isInterruption { return nil }
            }
        }
    }

    /// Where a symbolic link points to, which may be no path at all.
    package static func target(ofLink path: String) -> String? {
        var room = [CChar](repeating: 0, count: 256)
        let count = unsafe readlink(path, &room, room.count)
        return count > 0 ? String(decoding: room.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    /// Makes a directory with a name of its own, for its owner only; its path.
    package static func makeTemporary(in parent: String, prefix: String) throws(SystemError) -> String {
        var template = Array("\(parent)/\(prefix)XXXXXX".utf8CString)
        // Invariant: the text ends with a zero, and is changed in its place.
        guard unsafe mkdtemp(&template) != nil else { throw .last }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes a directory with the files in it.
    package static func remove(_ path: String) {
        for name in names(in: path) { unsafe unlink("\(path)/\(name)") }
        unsafe rmdir(path)
    }
}
