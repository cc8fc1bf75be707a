import Bytes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A running program, its output and its remarks coming in by a pipe each.
struct Process: ~Copyable {
    private let id: pid_t
    var output: PipeEnd
    var errors: PipeEnd

    struct Failure: Error {
        var reason: String
        /// No more processes or files are to be had for now.
        var isPassing: Bool

        init(_ code: Int32) {
            reason = unsafe String(cString: strerror(code))
            isPassing = [EAGAIN, ENOMEM, ENFILE, EMFILE].contains(code)
        }
    }

    init(_ program: Program) throws(Failure) {
        guard let output = Pipe(), let errors = Pipe() else { throw Failure(errno) }
        // What this program holds open besides is closed in the new one: every descriptor is made so.
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = unsafe posix_spawn_file_actions_t()
        #endif
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, output.writing, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, errors.writing, STDERR_FILENO)
        var arguments = unsafe program.arguments.map { unsafe strdup($0) } + [nil]
        var environment = unsafe program.environment.map { unsafe strdup($0) } + [nil]
        defer { unsafe (arguments + environment).forEach { unsafe free($0) } }
        var id: pid_t = 0
        let code = unsafe posix_spawn(&id, program.path, &actions, nil, &arguments, &environment)
        guard code == 0 else { throw Failure(code) }
        self.id = id
        self.output = output.readingEnd()
        self.errors = errors.readingEnd()
    }

    func send(_ signal: Int32) { kill(id, signal) }

    /// Waits for the end, which is near when both pipes are closed.
    consuming func end() -> Ending {
        var status: Int32 = 0
        while unsafe waitpid(id, &status, 0) < 0 { guard errno == EINTR else { return .notStarted(Failure(errno).reason) } }
        let signal = status & 0x7F
        return signal == 0 ? .status(status >> 8 & 0xFF) : .signal(signal)
    }
}
