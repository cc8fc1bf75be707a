import WebSocket

extension Continuity {
    /// Compares each connection that was open with the one that was open before it and was lost.
    /// - Parameter links: in their order, with what is known of their messages.
    init(_ links: some Sequence<(Link, SessionNotes?)>) {
        var lost: SessionNotes?
        var isWaiting = false
        for (link, known) in links where link.opened != nil {
            if isWaiting, let lost, let known { compare(lost, known) }
            isWaiting = link.fate == .lost
            // One that said nothing leaves what was before it as it was.
            if let known { lost = known }
            if !isWaiting { lost = nil }
        }
    }

    private mutating func compare(_ before: SessionNotes, _ after: SessionNotes) {
        if let name = after.protocolName {
            knownCount += 1
            protocolName = "\(name)"
        }
        switch after.isResumed {
        case true?: resumedCount += 1
        case false?: deniedCount += 1
        case nil: break
        }
        if !before.subscriptions.isEmpty {
            noun = "\(before.noun)"
            subscriptionCount += before.subscriptions.count
            repeatedCount += before.subscriptions.intersection(after.subscriptions).count
        }
        compare(before.numbers, after.numbers)
    }

    private mutating func compare(_ before: MessageNumbers, _ after: MessageNumbers) {
        guard before.areKnown, after.areKnown, let name = after.name, before.name.map({ "\($0)" == "\(name)" }) ?? false else { return }
        numberedCount += 1
        numberName = "\(name)"
        if after.first > before.last {
            missingCount += after.first - before.last - 1
        } else if after.first <= before.first {
            // As it began before, or lower: the server counts anew.
            restartedCount += 1
        } else {
            againCount += before.last - after.first + 1
        }
    }
}
