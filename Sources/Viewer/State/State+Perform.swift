import Terminal
import WebSocket

extension State {
    /// What a key, a click or a paste means where one is.
    public func action(for event: InputEvent) -> Action? {
        KeyMap.action(for: event, in: prompt == nil ? screen.place : .prompt)
    }

    /// Does what a person asked for; what that wants of the world.
    public mutating func perform(_ action: Action) -> [Effect] {
        notice = nil
        let effects: [Effect]
        if prompt != nil {
            effects = performAtPrompt(action)
        } else {
            effects = performOnScreen(action)
        }
        prepareScreen()
        return effects
    }

    /// Takes what was read since the last time.
    public mutating func receive(_ batch: Batch, _ progress: Progress) {
        self.progress = progress
        transcript.isComplete = progress.isDone
        transcript.append(batch)
        if isFollowing { moveToEnd() }
        prepareScreen()
    }

    public mutating func receive(_ progress: Progress) {
        self.progress = progress
        transcript.isComplete = progress.isDone
    }

    public mutating func report(_ notice: Notice) { self.notice = notice }

    public mutating func resize(_ size: Size) {
        terminalSize = size
        prepareScreen()
    }

    private mutating func performOnScreen(_ action: Action) -> [Effect] {
        switch action {
        case .quit: return [.quit]
        case .suspend: return [.suspend]
        case .redraw: return [.redraw]
        case .back: return back()
        case .cancel: return cancel()
        case .open: open()
        case .left, .right: moveSideways(action)
        case .up, .down, .pageUp, .pageDown, .halfPageUp, .halfPageDown, .top, .bottom, .scroll: move(action)
        case .click(let place): click(place)
        case .connections: screens = [.connections(connectionsPlace)]
        case .timeline: showTimeline()
        case .findings: show(.findings(ListPlace()))
        case .statistics: showStatistics()
        case .requests: show(.requests(ListPlace()))
        case .handshake: showHandshake()
        case .help: if screen.place != .help { screens.append(.help(ListPlace())) }
        case .columns: toggleColumns()
        case .clock: changeClock()
        case .follow: toggleFollow()
        case .detail: showsDetail = Panes(self).detail == nil
        case .order: changeOrder()
        case .reverse: reverseOrder()
        case .heartbeats: toggleHeartbeats()
        case .context: changeContext()
        case .header: foldsHeader = !FrameView.foldsHeader(self)
        case .nextForm, .nextField, .previousField, .fold, .wire: changeFrame(action)
        case .previousFrame, .nextFrame, .previousFinding, .nextFinding, .partner, .previousFragment, .nextFragment, .otherSide:
            jump(action)
        case .mark: toggleMark()
        case .nextMark: nextMark()
        case .compare: compare()
        case .search: ask(.search)
        case .nextMatch: goToMatch(isForward: true)
        case .previousMatch: goToMatch(isForward: false)
        case .filter: askFilter()
        case .copy: return copy()
        case .savePayload: askToSave(.savePayload)
        case .saveConnection: askToSave(.saveConnection)
        case .saveFrames: askToSave(.saveFrames)
        case .type, .paste, .erase, .eraseWord, .eraseAll, .submit, .abandon, .searchForm, .older, .newer, .cursorLeft, .cursorRight: break
        }
        return []
    }

    // MARK: From screen to screen

    /// Shows one of the main screens, which stand above that of the connections.
    private mutating func show(_ screen: Screen) {
        if case .findings = screen, case .findings = self.screen { return }
        if case .requests = screen, case .requests = self.screen { return }
        if case .timeline = screen, case .timeline(let place) = self.screen, place.scope == .all { return }
        screens = [.connections(connectionsPlace), screen]
    }

    /// The frames of all connections, or of those that are marked.
    private mutating func showTimeline() {
        let isFromConnections = screen.place == .connections
        show(.timeline(TimelinePlace(.all)))
        guard isFromConnections, !markedConnections.isEmpty else { return }
        screens.removeLast()
        showTimeline(of: markedConnections)
    }

    /// Where one is, or was, in the list of connections.
    private var connectionsPlace: ListPlace {
        if case .connections(let place) = screens[0] { return place }
        return ListPlace()
    }

    private mutating func back() -> [Effect] {
        guard screens.count > 1 else { return [.quit] }
        screens.removeLast()
        return []
    }

    /// Stops what is under way; when nothing is, takes back the search, then the filter; and then goes back.
    private mutating func cancel() -> [Effect] {
        if let run = search {
            if run.isDone { search = nil } else { search?.stop() }
            return []
        }
        if clearFilter() { return [] }
        if screens.count > 1 { screens.removeLast() }
        return []
    }

    private mutating func open() {
        switch screen {
        case .connections: openConnection()
        case .timeline(let place):
            switch item(place, at: place.list.selected) {
            case .frame(let row): screens.append(.frame(FramePlace(row)))
            case .marker(.encrypted(let index)): screens.append(.unread(.encrypted(index), ListPlace()))
            case .marker(.attempt(let index)): screens.append(.unread(.attempt(index), ListPlace()))
            case .marker: showHandshake()
            case nil: break
            }
        case .findings(let place):
            guard place.selected < transcript.findings.count else { return }
            let finding = transcript.findings[place.selected]
            guard let connection = finding.connection else { return }
            if let row = finding.row {
                screens.append(.timeline(TimelinePlace(.connection(connection))))
                select(row)
                screens.append(.frame(FramePlace(row)))
            } else {
                showHandshake()
            }
        case .requests(let place):
            let order = transcript.orderedRequests
            guard place.selected < order.count else { return }
            let entry = transcript.requests.entries[order[place.selected]]
            screens.append(.timeline(TimelinePlace(.connection(entry.connection))))
            select(entry.row)
            screens.append(.frame(FramePlace(entry.row)))
        case .frame: changeFrame(.open)
        case .handshake(let connection, _): screens.append(.timeline(TimelinePlace(.connection(connection))))
        case .statistics, .help, .compare, .unread: break
        }
    }

    /// In and out, as in a tree.
    private mutating func moveSideways(_ action: Action) {
        switch screen {
        case .frame: changeFrame(action)
        case .connections where fold(action == .left): break
        case .connections, .findings, .requests, .timeline:
            if action == .right { open() } else if screens.count > 1 { screens.removeLast() }
        case .handshake, .statistics, .help, .compare, .unread: if action == .left, screens.count > 1 { screens.removeLast() }
        }
    }

    private mutating func showHandshake() {
        guard screen.place != .handshake, let connection = selectedConnection else { return }
        screens.append(.handshake(connection: connection, ListPlace()))
    }

    private mutating func showStatistics() {
        guard screen.place != .statistics else { return }
        screens.append(.statistics(statisticsOfScreen))
    }
}
