#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A command that runs as a child.
package struct ChildProcess: Sendable {
    let arguments: [String]
    /// `NAME=value` strings.
    let environment: [String]
    let input: Descriptor
    let output: Descriptor
    let errors: Descriptor
    let inherited: Set<Descriptor>

    /// - Parameters:
    ///   - input: where its standard input comes from.
    ///   - output: where its standard output goes.
    ///   - errors: where its standard error goes.
    ///   - inherited: descriptors that it is to have besides, as whoever called this program left them open.
    package init(
        _ arguments: [String], environment: [String], input: Descriptor = .standardInput, output: Descriptor,
        errors: Descriptor = .standardError,
        inherited: Set<Descriptor>
    ) {
        self.arguments = arguments
        self.environment = environment
        self.input = input
        self.output = output
        self.errors = errors
        self.inherited = inherited
    }

    /// Why a command could not be started, and the exit status that shells have for that.
    package struct Failure: Error {
        package let text: String
        package let status: Int32

        package init(text: String, status: Int32) {
            self.text = text
            self.status = status
        }
    }

    /// Starts it; the number of its process.
    package func start() throws(Failure) -> Int32 {
        let program = try path()
        closeOthersInChild()
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = unsafe posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        if input != .standardInput { unsafe posix_spawn_file_actions_adddup2(&actions, input.number, STDIN_FILENO) }
        if output != .standardOutput { unsafe posix_spawn_file_actions_adddup2(&actions, output.number, STDOUT_FILENO) }
        if errors != .standardError { unsafe posix_spawn_file_actions_adddup2(&actions, errors.number, STDERR_FILENO) }
        // What this process ignores, the command does not. Handlers are reset by themselves.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe sigaddset(&signals, SIGXFSZ)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var process = pid_t()
        var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        // Invariant: both arrays end with nil and hold copies that live until the call is done.
        let code = unsafe posix_spawn(&process, program, &actions, &attributes, &words, &variables)
        guard code == 0 else { throw Self.failure(arguments[0], code) }
        return process
    }

    /// Runs a command and returns what it writes to standard output, at most so many bytes, if it succeeds; nil if it does not.
    /// - Parameters:
    ///   - seconds: how long to wait for it. One that takes longer is killed.
    package static func output(of arguments: [String], limit: Int, seconds: Int64) -> [UInt8]? {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        let (reading, writing) = (Descriptor(ends[0]), Descriptor(ends[1]))
        defer { reading.close() }
        let child = ChildProcess(arguments, environment: CurrentProcess.environment, output: writing, inherited: [])
        let process: Int32
        do throws(Failure) { process = try child.start() } catch {
            writing.close()
            return nil
        }
        writing.close()
        let end = SystemClock.milliseconds + seconds * 1_000
        var bytes: [UInt8] = []
        var room = [UInt8](repeating: 0, count: limit)
        while bytes.count < limit {
            var awaited = [Awaited(reading)]
            awaited.wait(milliseconds: Int32(clamping: max(0, end - SystemClock.milliseconds)))
            guard awaited[0].isReady, let count = try? reading.read(into: &room), count > 0 else { break }
            bytes += room[..<count]
        }
        if SystemClock.milliseconds >= end { kill(process, SIGKILL) }
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status == 0 ? bytes : nil
    }

    /// Waits for a child to end; its exit status as a shell says it, nil where somebody else has waited for it.
    package static func wait(for process: Int32) -> Int32? {
        var status: Int32 = 0
        while true {
            if unsafe waitpid(process, &status, 0) == process { return status.exitStatusOfShell }
            if errno != EINTR { return nil }
        }
    }

    private static func failure(_ name: String, _ code: Int32) -> Failure {
        Failure(text: "\(name): \(SystemError(code: code).words)", status: code == ENOENT ? 127 : 126)
    }

    /// Looks the command up in the PATH that it will have.
    private func path() throws(Failure) -> String {
        let name = arguments[0]
        if name.contains("/") { return name }
        var code = ENOENT
        let path = environment.first { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? "/usr/local/bin:/usr/bin:/bin"
        for directory in path.split(separator: ":", omittingEmptySubsequences: false) {
            let path = directory.isEmpty ? name : "\(directory)/\(name)"
            guard FileStatus(ofPath: path)?.kind == .regular else { continue }
            if unsafe access(path, X_OK) == 0 { return path }
            code = EACCES
        }
        throw code == ENOENT ? Failure(text: "\(name): there is no such command", status: 127) : Self.failure(name, code)
    }

    /// Sockets that capture, and all else that was opened here, are not for the command.
    private func closeOthersInChild() {
        for descriptor in Self.openDescriptors() where descriptor.number > STDERR_FILENO && !inherited.contains(descriptor) {
            _ = fcntl(descriptor.number, F_SETFD, FD_CLOEXEC)
        }
    }

    /// Descriptors that are open now.
    package static func openDescriptors() -> Set<Descriptor> {
        let numbers = Directory.names(in: "/dev/fd").compactMap { Int32($0) }
        // The one that the directory was read by is closed again.
        return Set(numbers.filter { fcntl($0, F_GETFD) >= 0 }.map { Descriptor($0) })
    }
}
