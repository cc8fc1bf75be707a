import System

/// What a command gives up before it looks at the first packet (`Docs/Sandbox.md`).
enum Confinement {
    private static let isEntered = Mutex(false)

    /// Enters it, the first time; later readings of the same command have no more to give up.
    static func enter(_ needs: Sandbox.Needs) {
        let isFirst = isEntered.withLock { entered in
            defer { entered = true }
            return !entered
        }
        if isFirst { Sandbox.enter(needs) }
    }

    /// Everything is given up already.
    static var isInForce: Bool { isEntered.withLock { $0 } }
}

extension InputOptions {
    /// Gives up all that is not needed once the input is open, unless that is not wanted.
    func confine() {
        guard isConfined else { return }
        var folders = outputs.flatMap { [Sandbox.folder(of: $0), $0] }
        if let write = live.write { folders.append(Sandbox.folder(of: write)) }
        if isSideBySide { folders += Sandbox.temporaryFolders }
        holdFiles()
        // After that no program can be started.
        if !Confinement.isInForce { program?.start() }
        Confinement.enter(Sandbox.Needs(folders: folders))
    }

    /// The same for a program whose user says later what is to be written where.
    func confineButFiles() {
        guard isConfined else { return }
        holdFiles()
        program?.start()
        Confinement.enter(Sandbox.Needs(folders: nil))
    }

    /// Opens what only root's capabilities may allow to be read, where root remains root.
    private func holdFiles() {
        if UserIdentity.isRoot, !Confinement.isInForce { HeldFiles.open(files + keys.logs + keys.privateKeys) }
    }
}

/// The option to go without.
let noSandboxHelp =
    "Keep privileges and system calls that reading a capture does not need. By default these are dropped once the input is open (Linux)."
