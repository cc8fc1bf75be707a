import Jobs

/// One of the files of `--jobs`, which a thread of its own reads.
struct FileJob: Sendable {
    /// Place of the file among those that were named, from 0.
    let index: Int
    let file: String
    let turns: Turns<StandardStreams>
    /// Files that are read at a time.
    let threadCount: Int

    /// What the current thread reads; nil where it reads all of the input.
    @TaskLocal static var current: FileJob?
}
