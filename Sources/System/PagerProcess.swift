#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A program that shows standard output, and standard error where that is the same terminal, page by page.
package struct PagerProcess: Sendable {
    private let process: Int32
    private let hasErrors: Bool

    /// Starts it by the shell, and has everything that is written from here on go to it; nil where that fails.
    package init?(_ command: String, environment: [String]) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        defer { for end in ends { close(end) } }
        let child = ChildProcess(
            ["/bin/sh", "-c", command], environment: environment, input: Descriptor(ends[0]), output: .standardOutput, inherited: [])
        do throws(ChildProcess.Failure) { process = try child.start() } catch { return nil }
        hasErrors = Descriptor.standardError.isTerminal
        if hasErrors { _ = Descriptor.standardError.become(Descriptor(ends[1])) }
        _ = Descriptor.standardOutput.become(Descriptor(ends[1]))
    }

    /// Ends the output, and waits until the reader has seen enough.
    package func finish() {
        Descriptor.standardOutput.close()
        if hasErrors { Descriptor.standardError.close() }
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    }
}
