import Bytes
import Capture
import System

/// How many packets each interface has lost by now.
struct DropTally {
    private var counted: [InterfaceStatistics]
    private var reportedCount: UInt64 = 0
    private var reportedAt: Int64 = 0

    init(interfaceCount: Int) {
        counted = (0..<interfaceCount).map { InterfaceStatistics(interface: UInt32($0), time: Timestamp(nanoseconds: 0)) }
    }

    mutating func note(_ statistics: InterfaceStatistics) { counted[Int(statistics.interface)] = statistics }

    /// Says that more packets were dropped, once a second at most.
    mutating func reportWhenDue() {
        let dropped = counted.reduce(0) { $0 &+ ($1.dropped ?? 0) }
        guard dropped > reportedCount else { return }
        let now = SystemClock.nanoseconds
        guard reportedAt == 0 || now - reportedAt >= 1_000_000_000 else { return }
        reportedCount = dropped
        reportedAt = now
        Output.remark("packets dropped so far: \(text)")
    }

    /// "3 by the kernel, 1 by wsray, which could not keep up".
    var text: String {
        func part(_ words: String, _ count: (InterfaceStatistics) -> UInt64) -> String? {
            let sum = counted.reduce(0) { $0 &+ count($1) }
            return sum == 0 ? nil : "\(sum) \(words)"
        }
        let parts = [
            part("by the kernel", { $0.droppedBySystem ?? 0 }), part("by the interface", { $0.droppedByInterface ?? 0 }),
            part("by wsray, which could not keep up", { $0.droppedByProgram }),
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }
}
