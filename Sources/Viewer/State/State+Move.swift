import Terminal

extension State {
    /// Rows of the screen between the bars, less what stands above a list that scrolls.
    var listHeight: Int {
        let rows = size.rows - Chrome.rowCount
        switch screen {
        case .connections, .timeline, .findings, .requests: return max(1, Panes(self).list.rows - 1)
        case .frame(let place): return max(1, rows - FrameView.fixedRowCount(self, place))
        case .compare: return max(1, rows - CompareView.fixedRowCount)
        case .handshake, .statistics, .help, .unread: return max(1, rows)
        }
    }

    /// Rows of the list that is shown.
    var listCount: Int {
        switch screen {
        case .connections: connectionList.items.count
        case .timeline(let place): itemCount(place)
        case .findings: transcript.findings.count
        case .requests: transcript.orderedRequests.count
        case .frame(let place): place.document?.lineCount ?? 0
        case .compare(let place): place.comparison?.lines.count ?? 0
        case .handshake(let connection, _): HandshakeView.lines(self, connection, width: size.columns).count
        case .unread(let item, _): ConnectionDetail.lines(self, item, Size(columns: size.columns - 2, rows: .max)).count
        case .statistics(let place): StatisticsView.lines(self, place).count
        case .help: HelpView.lines(width: size.columns, look).count
        }
    }

    var list: ListPlace {
        get {
            switch screen {
            case .connections(let place), .findings(let place), .requests(let place), .help(let place): place
            case .timeline(let place): place.list
            case .frame(let place): place.list
            case .handshake(_, let place), .unread(_, let place): place
            case .statistics(let place): place.list
            case .compare(let place): place.list
            }
        }
        set {
            switch screen {
            case .connections: screen = .connections(newValue)
            case .findings: screen = .findings(newValue)
            case .requests: screen = .requests(newValue)
            case .help: screen = .help(newValue)
            case .handshake(let connection, _): screen = .handshake(connection: connection, newValue)
            case .unread(let item, _): screen = .unread(item, newValue)
            case .timeline(var place):
                place.list = newValue
                screen = .timeline(place)
            case .frame(var place):
                place.list = newValue
                screen = .frame(place)
            case .statistics(var place):
                place.list = newValue
                screen = .statistics(place)
            case .compare(var place):
                place.list = newValue
                screen = .compare(place)
            }
        }
    }

    /// True where rows are read, not chosen: there the text moves, and no row is selected.
    var isPaged: Bool {
        switch screen {
        case .connections, .timeline, .findings, .requests: false
        case .frame(let place): place.document?.form != .json
        case .handshake, .statistics, .help, .compare, .unread: true
        }
    }

    mutating func move(_ action: Action) {
        let height = listHeight
        let count =
            switch action {
            case .up: -1
            case .down: 1
            case .pageUp: -max(1, height - 1)
            case .pageDown: max(1, height - 1)
            case .halfPageUp: -max(1, height / 2)
            case .halfPageDown: max(1, height / 2)
            case .top: -listCount
            case .bottom: listCount
            case .scroll(let rows): rows
            default: 0
            }
        if count < 0 { isFollowing = false }
        var place = list
        if isPaged {
            place.top = max(0, min(listCount - height, place.top + count))
            place.selected = place.top
        } else {
            place.move(by: count, of: listCount)
        }
        list = place
    }

    mutating func moveToEnd() {
        switch screen {
        case .connections, .timeline, .findings: list.selected = max(0, listCount - 1)
        default: break
        }
    }

    /// A click selects a row, a click on what is selected opens it; the bar at the top goes from screen to screen.
    mutating func click(_ place: Position) {
        if place.row == 0 {
            guard let action = Chrome.action(at: place.column, self) else { return }
            _ = perform(action)
            return
        }
        if case .frame(let frame) = screen { return selectField(frame, at: place) }
        guard !isPaged else { return }
        let panes = Panes(self)
        let first = Chrome.topRowCount + 1
        let index = list.top + place.row - first
        guard place.column < panes.list.columns, place.row >= first, place.row < first + listHeight, index < listCount else { return }
        isFollowing = false
        if index == list.selected { _ = perform(.open) } else { list.selected = index }
    }

    /// A click on a byte of a hex dump selects the field that it belongs to.
    private mutating func selectField(_ frame: FramePlace, at place: Position) {
        guard let document = frame.document else { return }
        let first = size.rows - Chrome.bottomRowCount - listHeight
        guard place.row >= first, place.row < size.rows - Chrome.bottomRowCount else { return }
        let line = frame.list.top + place.row - first
        var changed = frame
        if document.form == .hex, let index = HexDump.index(at: place.column - 1, bytesPerLine: document.bytesPerLine) {
            let bit = (line * document.bytesPerLine + index) * 8
            let fields = fields(of: frame.row)
            // The first byte has several fields; the opcode tells most.
            changed.field = fields.lastIndex { $0.bits.contains(bit + (bit < 16 ? 7 : 0)) } ?? fields.count
        } else if document.form == .json, line < document.lineCount {
            if line == frame.list.selected { return changeFrame(.open) }
            changed.list.selected = line
        }
        screen = .frame(changed)
    }

    /// Brings places back into what there is, and makes ready what the screen needs.
    mutating func prepareScreen() {
        updateConnections()
        prepareDocuments()
        guard !isPaged else {
            list.top = max(0, min(list.top, listCount - listHeight))
            return
        }
        list.clamp(to: listCount, height: listHeight)
        prepareDetail()
    }

    mutating func toggleFollow() {
        isFollowing.toggle()
        if isFollowing { moveToEnd() }
        if !isFollowing { notice = Notice("not following any more") }
    }

    mutating func toggleColumns() {
        isLadder.toggle()
    }

    mutating func changeClock() {
        clock = clock.next
        notice = Notice("times: \(clock.name)")
    }
}
