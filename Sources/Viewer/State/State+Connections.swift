import Filter

/// The list of connections: its order, its filter, what is folded.
extension State {
    /// The row of the list that is selected.
    var selectedItem: ConnectionItem? {
        guard case .connections(let place) = screen, place.selected < connectionList.items.count else { return nil }
        return connectionList.items[place.selected]
    }

    /// Brings the list up to date; what was selected stays selected where it is still listed.
    mutating func updateConnections() {
        guard case .connections(var place) = screen else { return }
        let before = selectedItem
        guard connectionList.update(transcript), let before, selectedItem != before else { return }
        guard let index = connectionList.items.firstIndex(of: before) else { return }
        place.top = max(0, place.top + index - place.selected)
        place.selected = index
        screen = .connections(place)
    }

    mutating func changeOrder() {
        connectionList.order = connectionList.order.next
        connectionList.isReversed = false
        screen = .connections(ListPlace())
        _ = connectionList.update(transcript)
        notice = Notice("sorted: \(connectionList.order.name)")
    }

    mutating func reverseOrder() {
        connectionList.isReversed.toggle()
        screen = .connections(ListPlace())
        _ = connectionList.update(transcript)
        notice = Notice("sorted: \(connectionList.order.name)\(connectionList.isReversed ? ", reversed" : "")")
    }

    /// Folds or unfolds the streams of a TCP connection; false where none is selected, or nothing would change.
    mutating func fold(_ isFolded: Bool) -> Bool {
        guard case .carrier(let flow) = selectedItem, connectionList.folded.contains(flow) != isFolded else { return false }
        if isFolded { connectionList.folded.insert(flow) } else { connectionList.folded.remove(flow) }
        return true
    }

    /// The connections that a row of the list stands for.
    func connections(of item: ConnectionItem) -> [UInt32] {
        switch item {
        case .connection(let index): [index]
        case .carrier(let flow): transcript.streamsOfFlow[flow] ?? []
        case .encrypted, .attempt: []
        }
    }

    mutating func openConnection() {
        guard let item = selectedItem else { return }
        switch item {
        case .connection(let index): screens.append(.timeline(TimelinePlace(.connection(index))))
        case .carrier:
            if fold(false) { return }
            showTimeline(of: connections(of: item).map { transcript.connections[Int($0)].number })
        case .encrypted, .attempt: screens.append(.unread(item, ListPlace()))
        }
    }

    /// The frames of some connections, and no others.
    mutating func showTimeline(of numbers: [UInt64]) {
        screens.append(.timeline(TimelinePlace(.all)))
        guard let condition = Condition(connections: numbers) else { return }
        begin(with: condition)
    }

    mutating func toggleConnectionMark() {
        guard let item = selectedItem else { return }
        let numbers = connections(of: item).map { transcript.connections[Int($0)].number }
        guard !numbers.isEmpty else {
            notice = Notice("only WebSocket connections can be marked")
            return
        }
        let areMarked = numbers.allSatisfy { markedConnections.contains($0) }
        for number in numbers {
            let place = markedConnections.partitioningIndex { $0 >= number }
            let isMarked = place < markedConnections.count && markedConnections[place] == number
            if areMarked, isMarked { markedConnections.remove(at: place) }
            if !areMarked, !isMarked { markedConnections.insert(number, at: place) }
        }
        list.move(by: 1, of: listCount)
    }

    // MARK: Its filter

    mutating func apply(toConnections condition: Condition?) {
        guard connectionList.filter?.condition.text != condition?.text else { return }
        connectionList.filter = condition.map { ConnectionFilter($0) }
        updateConnections()
    }
}

extension Condition {
    /// Selects connections by their numbers; nil where there are more than an expression may name.
    init?(connections numbers: [UInt64]) {
        guard let condition = try? Condition("connection in (\(numbers.map(String.init).joined(separator: ", ")))") else { return nil }
        self = condition
    }
}
