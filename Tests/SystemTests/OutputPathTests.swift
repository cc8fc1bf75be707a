import System
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What root opens for writing. Tests that are not run by root have root look at files of their own user, which are others' to it.
@Suite struct OutputPathTests {
    typealias Folder = TemporaryFolder

    /// A file of root's own, which is not to be written over.
    private func write(_ text: String, to path: String) {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        var bytes = Array(text.utf8)
        #if canImport(Glibc)
            _ = unsafe Glibc.write(file, &bytes, bytes.count)
        #elseif canImport(Musl)
            _ = unsafe Musl.write(file, &bytes, bytes.count)
        #else
            _ = unsafe Darwin.write(file, &bytes, bytes.count)
        #endif
        close(file)
    }

    private func content(_ path: String) -> String {
        var bytes = [UInt8](repeating: 0, count: 100)
        let file = unsafe open(path, O_RDONLY)
        defer { close(file) }
        let count = unsafe read(file, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    /// Makes it somebody else's, in the eyes of root.
    private func giveAway(_ path: String) { if geteuid() == 0 { _ = unsafe lchown(path, 65_534, 65_534) } }

    private func refusal(_ path: String, _ existing: OutputPath.Existing = .isEmptied) -> PathError? {
        do throws(PathError) {
            close(try OutputPath.createFile(path, existing, as: 0).number)
            return nil
        } catch {
            return error
        }
    }

    @Test("root follows no link that somebody else made, neither at the end of a path nor within it")
    func linksOfOthers() {
        let folder = Folder()
        let (file, link) = ("\(folder.path)/file", "\(folder.path)/link")
        write("kept", to: file)
        unsafe symlink(file, link)
        giveAway(link)
        let refused = refusal(link)
        #expect(refused?.message == "\(link): link is a symbolic link that root does not own: not followed")
        #expect(refused?.isDenied == true)
        #expect(content(file) == "kept")

        let through = "\(folder.path)/through"
        unsafe symlink(folder.path, through)
        giveAway(through)
        #expect(refusal("\(through)/file")?.message.contains("through is a symbolic link") == true)
        #expect(refusal("\(through)/new")?.isDenied == true)
        #expect(throws: PathError.self) { _ = try OutputPath.createDirectory("\(through)/", as: 0) }
        OutputPath.removeFile("\(through)/file", as: 0)
        #expect(content(file) == "kept")
        #expect(folder.names == ["file", "link", "through"])
    }

    @Test("root follows its own links, absolute, relative and one after another", .enabled(if: geteuid() == 0))
    func ownLinks() {
        let folder = Folder()
        write("old", to: "\(folder.path)/file")
        unsafe symlink("file", "\(folder.path)/a")
        unsafe symlink("\(folder.path)/./a", "\(folder.path)/b")
        #expect(refusal("\(folder.path)/b") == nil)
        #expect(content("\(folder.path)/file") == "")
        unsafe symlink("loop", "\(folder.path)/loop")
        #expect(refusal("\(folder.path)/loop")?.isDenied == false)
        unsafe symlink("new", "\(folder.path)/dangling")
        #expect(refusal("\(folder.path)/dangling") == nil)
        #expect(folder.names.contains("new"))
    }

    @Test("in a directory for everybody, root writes over nobody's file")
    func stickyDirectories() throws {
        let folder = Folder()
        let file = "\(folder.path)/theirs"
        write("kept", to: file)
        giveAway(file)
        unsafe chmod(folder.path, 0o1777)
        // The owner of the directory is trusted with what is in it.
        if geteuid() == 0 {
            #expect(refusal(file)?.message.contains("owned by another user") == true)
            #expect(content(file) == "kept")
        }
        #expect(refusal("\(folder.path)/new") == nil)
        unsafe chmod(folder.path, 0o755)
        #expect(refusal(file) == nil)
        #expect(content(file) == "")
    }

    @Test("a file with several names is not opened where others may write")
    func hardLinks() {
        let folder = Folder()
        write("kept", to: "\(folder.path)/a")
        unsafe link("\(folder.path)/a", "\(folder.path)/b")
        unsafe chmod(folder.path, 0o777)
        #expect(refusal("\(folder.path)/b")?.message.contains("another name") == true)
        #expect(content("\(folder.path)/a") == "kept")
    }

    @Test("paths are resolved as the system does it")
    func paths() throws {
        let folder = Folder()
        let directory = try OutputPath.createDirectory("\(folder.path)/made//", as: 0)
        directory.close()
        #expect(refusal("\(folder.path)//made/./../a") == nil)
        #expect(refusal("\(folder.path)/a", .isRefused)?.message.hasSuffix("File exists") == true)
        #expect(refusal("\(folder.path)/made") != nil)
        #expect(refusal("\(folder.path)/a/") != nil)
        #expect(refusal("\(folder.path)/none/a")?.isDenied == false)
        #expect(refusal("")?.isDenied == false)
        OutputPath.removeFile("\(folder.path)/a", as: 0)
        #expect(folder.names == ["made"])
        unsafe rmdir("\(folder.path)/made")
        #if os(Linux)
            let file = try Descriptor.reading("/dev/null")
            #expect(refusal("/dev/fd/\(file.number)") == nil)
            file.close()
        #endif
    }
}
