import Filter

/// The filter of a timeline, which takes effect while it is typed.
extension State {
    /// Begins with the frames that a condition selects.
    public mutating func begin(with condition: Condition) {
        if screen.place != .timeline { _ = perform(.timeline) }
        if let refusal = Self.refusal(of: condition) {
            notice = Notice(refusal, .failure)
        } else {
            apply(condition)
        }
    }

    /// Why a condition cannot be asked here; nil where it can.
    private static func refusal(of condition: Condition?, ofConnections: Bool = false) -> String? {
        if ofConnections, let refusal = condition.flatMap({ ConnectionFilter.refusal(of: $0) }) { return refusal }
        if condition?.fields.contains(.offset) ?? false { return "offset is not kept here: ask dump --where" }
        return condition?.fieldOfOperation.map { "\($0) is not kept here: ask wsray --where" }
    }

    private var filtersConnections: Bool { screen.place == .connections }

    /// The ends of connections are known when all is read; until then a filter that asks about them waits.
    func isWaiting(_ filter: FilterRun) -> Bool { filter.condition?.asksAboutEndings ?? false && !progress.isDone }

    mutating func askFilter() {
        if case .connections = screen {
            connectionFilterBefore = connectionList.filter?.condition
            return ask(.filter, connectionFilterBefore?.text ?? "")
        }
        guard case .timeline(let place) = screen else { return }
        filterBefore = place.filter
        ask(.filter, place.filter?.text ?? "")
    }

    /// What an expression says; nil when it is empty.
    private func condition(_ text: String) throws(ConditionError) -> Condition? {
        guard text.contains(where: { $0 != " " }) else { return nil }
        return try Condition(text)
    }

    mutating func filterWhileTyping(_ text: String) {
        do throws(ConditionError) {
            let condition = try condition(text)
            if Self.refusal(of: condition, ofConnections: filtersConnections) == nil { apply(condition) }
        } catch {}
    }

    private mutating func apply(_ condition: Condition?) {
        if filtersConnections { return apply(toConnections: condition) }
        guard case .timeline(let place) = screen, (place.filter?.text ?? "") != (condition?.text ?? "") else { return }
        filter(by: condition, hidesHeartbeats: place.filter?.hidesHeartbeats ?? false)
    }

    /// Shows what a condition selects, or everything; what was selected stays selected, or the next one is.
    private mutating func filter(by condition: Condition?, hidesHeartbeats: Bool) {
        guard case .timeline(var place) = screen else { return }
        let row = nearestRow ?? place.filter?.anchor
        let context = place.filter?.context ?? 0
        let isFiltered = condition != nil || hidesHeartbeats
        place.filter = isFiltered ? FilterRun(condition, hidesHeartbeats: hidesHeartbeats, anchor: row, scope: place.scope) : nil
        if condition != nil { place.filter?.setContext(context, indexOf: { _ in 0 }, rowAt: { _ in 0 }) }
        place.list = ListPlace()
        if let row, place.filter == nil { place.list.selected = index(of: row, in: place) }
        screen = .timeline(place)
    }

    /// Takes the expression back; false where there is none.
    mutating func clearFilter() -> Bool {
        if filtersConnections {
            guard connectionList.filter != nil else { return false }
            apply(toConnections: nil)
            return true
        }
        guard case .timeline(let place) = screen, let run = place.filter, run.condition != nil else { return false }
        filter(by: nil, hidesHeartbeats: run.hidesHeartbeats)
        return true
    }

    mutating func toggleHeartbeats() {
        guard case .timeline(let place) = screen else { return }
        let hides = !(place.filter?.hidesHeartbeats ?? false)
        filter(by: place.filter?.condition, hidesHeartbeats: hides)
        notice = Notice(hides ? "pings and pongs are hidden" : "pings and pongs are shown")
    }

    /// Frames that `C` shows around each selected one, one after the other.
    private static let contexts = [0, 3, 10]

    mutating func changeContext() {
        guard case .timeline(var place) = screen, var run = place.filter, run.condition != nil else {
            notice = Notice("f filters first; C shows the frames around those that match")
            return
        }
        let row = selectedRow
        let next = Self.contexts[((Self.contexts.firstIndex(of: run.context) ?? 0) + 1) % Self.contexts.count]
        place.filter = nil
        let scope = place.scope
        run.setContext(next, indexOf: { index(in: scope, of: $0) }, rowAt: { self.row(in: scope, at: $0) })
        place.filter = run
        if let row { place.list.selected = index(of: row, in: place) }
        screen = .timeline(place)
        notice = Notice(next == 0 ? "only frames that match" : "with \(next) frames before and after each match")
    }

    mutating func abandonFilter() {
        if filtersConnections {
            apply(toConnections: connectionFilterBefore)
            connectionFilterBefore = nil
            return
        }
        guard case .timeline(var place) = screen else { return }
        let row = nearestRow
        place.filter = filterBefore
        filterBefore = nil
        if let row { place.list.selected = index(of: row, in: place) }
        screen = .timeline(place)
    }

    mutating func submitFilter(_ text: String) {
        do throws(ConditionError) {
            let condition = try condition(text)
            if let refusal = Self.refusal(of: condition, ofConnections: filtersConnections) {
                notice = Notice(refusal, .failure)
                return
            }
            apply(condition)
            prompt = nil
            filterBefore = nil
        } catch {
            notice = Notice(Self.words(error), .failure)
        }
    }

    private static func words(_ error: ConditionError) -> String {
        error.message + (error.suggestion.map { " Did you mean \($0)?" } ?? "")
    }

    // MARK: In the background

    private var filterIndex: Int? {
        screens.lastIndex { if case .timeline(let place) = $0 { place.filter != nil } else { false } }
    }

    var hasFilterWork: Bool {
        guard let filterIndex, case .timeline(let place) = screens[filterIndex], let filter = place.filter else { return false }
        return !isWaiting(filter) && filter.hasWork(frameCount: frameCount(in: place.scope), transcript)
    }

    mutating func workOnFilter() -> Bool {
        guard hasFilterWork, let filterIndex, case .timeline(var place) = screens[filterIndex], var filter = place.filter else {
            return false
        }
        // Let go of, so that the rows are appended to and not copied.
        place.filter = nil
        screens[filterIndex] = .help(ListPlace())
        let scope = place.scope
        filter.step(frameCount: frameCount(in: scope), transcript, payloads) { row(in: scope, at: $0) }
        let knowsAnchor = filter.anchor.map { anchor in
            filter.rows.last.map { $0 >= anchor } ?? false || filter.examinedCount == frameCount(in: scope)
        }
        let anchor = knowsAnchor == true ? filter.anchor : nil
        if anchor != nil { filter.anchor = nil }
        place.filter = filter
        if let anchor {
            let next = filter.rows.partitioningIndex { $0 >= anchor }
            place.list.selected = index(of: next < filter.rows.count ? filter.rows[next] : anchor, in: place)
        }
        screens[filterIndex] = .timeline(place)
        if isFollowing { moveToEnd() }
        return true
    }

    // MARK: At the prompt

    /// What is wrong with a filter that is being typed, or how to go on.
    func filterHint(_ prompt: Prompt) -> String? {
        guard prompt.purpose == .filter else { return nil }
        do throws(ConditionError) {
            let condition = try condition(prompt.string)
            guard condition == nil else { return Self.refusal(of: condition, ofConnections: filtersConnections) }
            return filtersConnections
                ? "as for --where: browser.code == 1006, url contains \"live\""
                : "as for --where: opcode == close, length > 1K, text contains \"x\""
        } catch {
            return Self.words(error)
        }
    }

    /// Green as long as it can be understood, red where not.
    func filterInk(_ prompt: Prompt) -> Ink {
        guard prompt.purpose == .filter else { return .plain }
        do throws(ConditionError) {
            let condition = try condition(prompt.string)
            if condition == nil { return .plain }
            return Self.refusal(of: condition, ofConnections: filtersConnections) == nil ? .good : .violation
        } catch {
            return .violation
        }
    }
}
