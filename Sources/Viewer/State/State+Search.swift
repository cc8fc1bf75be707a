import Verdicts

extension State {
    mutating func submitSearch(_ line: Prompt) -> [Effect] {
        guard !line.text.isEmpty else {
            prompt = nil
            return []
        }
        do throws(SearchPattern.Fault) {
            let pattern = try SearchPattern(line.string, line.form)
            prompt = nil
            beginSearch(pattern)
        } catch {
            notice = Notice(error.message, .failure)
            prompt = line
        }
        return []
    }

    private mutating func beginSearch(_ pattern: SearchPattern) {
        if timelineIndex == nil { screens.append(.timeline(TimelinePlace(searchScope))) }
        guard let timelineIndex, case .timeline(let place) = screens[timelineIndex] else { return }
        let row = nearestRow ?? (frameCount(in: place.scope) > 0 ? self.row(in: place.scope, at: 0) : 0)
        let origin = max(0, min(frameCount(in: place.scope) - 1, index(in: place.scope, of: row)))
        var run = SearchRun(pattern, place.scope, origin: origin, originRow: row)
        run.wants = .here
        search = run
    }

    private var searchScope: Scope {
        switch screen {
        case .handshake, .frame: selectedConnection.map { .connection($0) } ?? .all
        default: .all
        }
    }

    mutating func goToMatch(isForward: Bool) {
        guard let run = search else {
            notice = Notice("nothing was searched for; / searches")
            return
        }
        let here = nearestRow ?? 0
        if let row = nextMatch(run, from: here, isForward: isForward) { return select(row) }
        guard run.isDone else {
            search?.wants = isForward ? .forward : .back
            return
        }
        guard let row = run.extreme(isFirst: isForward) else {
            notice = Notice(run.failure, run.unkeptCount > 0 ? .failure : .note)
            return
        }
        select(row)
        notice = Notice(isForward ? "from the first match on again" : "from the last match back again")
    }

    /// The next match that a filter does not hide.
    private func nextMatch(_ run: SearchRun, from row: UInt32, isForward: Bool) -> UInt32? {
        guard let timelineIndex, case .timeline(let place) = screens[timelineIndex], let filter = place.filter else {
            return run.next(from: row, isForward: isForward)
        }
        var next = run.next(from: row, isForward: isForward)
        while let match = next {
            let index = filter.shown.partitioningIndex { $0 >= match }
            if index < filter.shown.count, filter.shown[index] == match { return match }
            next = run.next(from: match, isForward: isForward)
        }
        return nil
    }

    /// Does a piece of what goes on in the background; false when there is nothing to do.
    public mutating func work() -> Bool {
        let isSearching = workOnSearch()
        let isFiltering = workOnFilter()
        let isCounting = workOnFigures()
        guard isSearching || isFiltering || isCounting else { return false }
        prepareScreen()
        return true
    }

    /// Whether `work` has something to do.
    public var hasWork: Bool {
        if let search, !search.isDone { return true }
        return hasFilterWork || hasFiguresWork
    }

    private mutating func workOnSearch() -> Bool {
        guard var run = search, !run.isDone else { return false }
        search = nil
        let scope = run.scope
        run.step(frameCount: frameCount(in: scope), transcript, payloads) { row(in: scope, at: $0) }
        search = run
        guard let wish = run.wants else { return true }
        let here = selectedRow ?? 0
        let found =
            switch wish {
            case .here: run.behind.first ?? (run.isDone ? run.before.first : nil)
            case .forward: nextMatch(run, from: here, isForward: true)
            case .back: nextMatch(run, from: here, isForward: false)
            }
        if let found {
            search?.wants = nil
            select(found)
        } else if run.isDone {
            search?.wants = nil
            if run.count == 0 {
                // Kept, so that Esc takes it back and stays where one is.
                notice = Notice(run.failure, run.unkeptCount > 0 ? .failure : .note)
            } else {
                goToMatch(isForward: wish != .back)
            }
        }
        return true
    }
}
