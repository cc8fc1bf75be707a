import Processes
import System

/// The environment of whoever called wsray, as it was before sudo changed it.
enum CallerEnvironment {
    /// - Parameter user: who called sudo. To be asked while the process is root.
    static func read(callerOfSudo user: UserIdentity?) -> CommandEnvironment {
        // The loader takes variables away from a program with capabilities; the kernel remembers them.
        let own =
            Directory.content(ofFile: "/proc/self/environ").map { CommandEnvironment(block: $0) }
            ?? CommandEnvironment(CurrentProcess.environment)
        guard let user, own["SUDO_UID"] == "\(user.id)" else { return own }
        if let sudo = sudoProcess(), let block = Directory.content(ofFile: "/proc/\(sudo)/environ"), !block.isEmpty {
            return CommandEnvironment(block: block)
        }
        var environment = own
        environment.leaveSudo(user: user.name, home: user.home)
        return environment
    }

    /// The outermost sudo among the processes that this one descends from: sudo may have a process in between to watch over a terminal.
    private static func sudoProcess() -> Int32? {
        var found: Int32?
        var next = CurrentProcess.parent
        while next > 1, let stat = ProcFiles.stat(of: next) {
            if stat.name == "sudo" { found = next } else if found != nil { return found }
            next = stat.parent
        }
        return found
    }
}
