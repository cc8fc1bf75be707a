import System

/// How much longer something takes that has four times as much to do.
///
/// It is the ratio that counts, in processor time of this thread: a sanitizer, a build without optimization and what else the machine does
/// make both longer.
package struct Growth: CustomStringConvertible {
    private let times: [Int64]

    /// - Parameter work: does so much, and returns how long the part of it took that is measured, as `processorTime` says.
    package init(to count: Int, _ work: (Int) -> Int64) { times = [work(count / 4), work(count)] }

    /// What grows by the square takes 16 times as long; what is over at once may grow as it likes.
    package var isLinear: Bool { times[1] < 1_000_000_000 || times[1] < 9 * times[0] }

    package var description: String { "\(times[0] / 1_000_000) ms, then \(times[1] / 1_000_000) ms" }
}

/// Nanoseconds of processor time that something takes.
package func processorTime(_ work: () -> Void) -> Int64 {
    let begun = SystemClock.threadNanoseconds
    work()
    return SystemClock.threadNanoseconds - begun
}
