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
    private static func refusal(of condition: Condition?) -> String? {
        if condition?.fields.contains(.offset) ?? false { return "offset is not kept here: ask dump --where" }
        return condition?.fieldOfOperation.map { "\($0) is not kept here: ask wsray --where" }
    }

    /// The ends of connections are known when all is read; until then a filter that asks about them waits.
    func isWaiting(_ filter: FilterRun) -> Bool { filter.condition.asksAboutEndings && !progress.isDone }

    mutating func askFilter() {
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
            if Self.refusal(of: condition) == nil { apply(condition) }
        } catch {}
    }

    private mutating func apply(_ condition: Condition?) {
        guard case .timeline(var place) = screen, place.filter?.text != condition?.text else { return }
        let row = selectedRow ?? place.filter?.anchor
        place.filter = condition.map { FilterRun($0, anchor: row) }
        place.list = ListPlace()
        if let row, place.filter == nil { place.list.selected = index(of: row, in: place) }
        screen = .timeline(place)
    }

    mutating func abandonFilter() {
        guard case .timeline(var place) = screen else { return }
        let row = selectedRow
        place.filter = filterBefore
        filterBefore = nil
        if let row { place.list.selected = index(of: row, in: place) }
        screen = .timeline(place)
    }

    mutating func submitFilter(_ text: String) {
        do throws(ConditionError) {
            let condition = try condition(text)
            if let refusal = Self.refusal(of: condition) {
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
        return !isWaiting(filter) && filter.examinedCount < frameCount(in: place.scope)
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
        if let anchor = filter.anchor, filter.rows.last.map({ $0 >= anchor }) ?? false || filter.examinedCount == frameCount(in: scope) {
            place.list.selected = filter.rows.partitioningIndex { $0 >= anchor }
            filter.anchor = nil
        }
        place.filter = filter
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
            return condition == nil ? "as for --where: opcode == close, length > 1K, text contains \"x\"" : Self.refusal(of: condition)
        } catch {
            return Self.words(error)
        }
    }

    /// Green as long as it can be understood, red where not.
    func filterInk(_ prompt: Prompt) -> Ink {
        guard prompt.purpose == .filter else { return .plain }
        do throws(ConditionError) {
            let condition = try condition(prompt.string)
            return condition == nil ? .plain : Self.refusal(of: condition) == nil ? .good : .violation
        } catch {
            return .violation
        }
    }
}
