#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One of the files of `--jobs`, which this process reads for another one of the same program and the same arguments.
struct FileJob {
    /// Place of the file among those that were named, from 0.
    let index: Int
    /// Of the terminal that the output ends up on; nil when it does on none.
    let columns: Int?
    let file: String

    /// Where the other process says what this one is to do, as `INDEX COLUMNS`. Not an option, for there is no place among
    /// arguments where one could be added without knowing what they mean.
    private static let variable = "WSRAY_JOB"

    /// nil in a process that reads all of its input.
    static var current: FileJob? { unsafe taken }
    /// Set once, before there are other threads.
    nonisolated(unsafe) private static var taken: FileJob?

    /// Takes up the job that this process was started for, if it was for one.
    static func takeUp(of files: [String]) {
        guard let words = Output.environment(variable)?.split(separator: " "), words.count == 2 else { return }
        guard let index = Int(words[0]), files.indices.contains(index) else { return }
        unsafe taken = FileJob(index: index, columns: Int(words[1]), file: files[index])
        Interrupt.installForJob()
    }

    /// The environment of the process that reads the file at `index`.
    static func environment(at index: Int) -> [String] {
        inheritedEnvironment.filter { !$0.hasPrefix("\(variable)=") } + ["\(variable)=\(index) \(Output.columns.map { "\($0)" } ?? "-")"]
    }

    private static var inheritedEnvironment: [String] {
        var all: [String] = []
        var place = 0
        // Invariant: the list ends with a null pointer.
        while let text = unsafe environ[place] {
            unsafe all.append(String(cString: text))
            place += 1
        }
        return all
    }
}
