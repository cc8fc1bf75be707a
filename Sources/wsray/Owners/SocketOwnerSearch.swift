import CSocketDiagnosis
import Inspection
import Packets
import System
import Text

/// Finds the processes that have the ends of a connection open, while it is captured.
///
/// The kernel is asked for the socket by a descriptor that was opened in the namespace of the interfaces, before system calls were given
/// up; whose it is, a helper says. That takes a tenth of the time at most.
final class SocketOwnerSearch: @unchecked Sendable {
    // Invariant: all that changes is used under the lock.
    private let lock = Mutex(())
    private let descriptor: Descriptor
    private let helper: CompanionProcess
    private var hasHelper = true
    /// Nanoseconds that may be taken now, and the time of which that was said.
    private var allowance = SocketOwnerHelper.longestSearch
    private var time = SystemClock.nanoseconds
    /// Connections with a socket here whose process was not found, and those that were not looked up.
    private var hiddenCount: UInt64 = 0
    private var omittedCount: UInt64 = 0

    /// The time between searches, in lengths of a search.
    private static let share: Int64 = 10
    private static let patience: Int64 = 500

    /// Opens the descriptor in the network namespace of this thread; nil where the system has no such thing.
    init?(_ helper: CompanionProcess?) {
        guard let helper else { return nil }
        let number = wsray_diagnosis_open()
        guard number >= 0 else { return nil }
        descriptor = Descriptor(number)
        self.helper = helper
    }

    func owners(client: Endpoint, server: Endpoint) -> SocketOwners? {
        lock.withLock { _ in
            let begin = SystemClock.nanoseconds
            allowance = min(SocketOwnerHelper.longestSearch, allowance &+ max(0, begin &- time) / Self.share)
            time = begin
            let sockets = [socket(client, server), socket(server, client)]
            guard sockets != [0, 0] else { return nil }
            guard allowance > 0, hasHelper else {
                omittedCount += 1
                return nil
            }
            let found = sockets.map { $0 == 0 ? nil : owner(of: $0) }
            if zip(sockets, found).contains(where: { $0 != 0 && $1 == nil }) { hiddenCount += 1 }
            let now = SystemClock.nanoseconds
            allowance &-= now &- begin
            time = now
            return SocketOwners(client: found[0], server: found[1])
        }
    }

    /// What there is to say of it at the end.
    var remarks: [String] {
        let (hidden, omitted) = lock.withLock { _ in (hiddenCount, omittedCount) }
        return [
            hidden == 0
                ? nil
                : "not all processes of \(Quantity.counted(hidden, "connection")) were found: they had ended, or belong to other users",
            omitted == 0 ? nil : "processes of \(Quantity.counted(omitted, "connection")) not looked up, for lack of time",
        ].compactMap { $0 }
    }

    /// The inode of the socket at an end of a connection; 0 where that is not on this machine.
    private func socket(_ local: Endpoint, _ remote: Endpoint) -> UInt64 {
        let (source, destination) = (local.address.octets, remote.address.octets)
        guard source.count == destination.count else { return 0 }
        // Invariant: both have the same number of bytes, which is passed.
        return UInt64(
            unsafe wsray_diagnosis_inode(descriptor.number, source, destination, Int32(source.count), local.port, remote.port, 0))
    }

    private func owner(of inode: UInt64) -> SocketOwner? {
        guard hasHelper else { return nil }
        do throws(CompanionProcess.Failure) {
            let answer = try helper.answer(
                to: Array("\(inode)".utf8).span, milliseconds: Self.patience, limit: SocketOwnerHelper.answerLimit)
            return SocketOwnerHelper.owner(answer)
        } catch {
            // A late answer would be taken for that to the next question.
            hasHelper = false
            return nil
        }
    }
}
