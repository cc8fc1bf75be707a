import Verdicts
import WebSocket

/// Which frames a screen shows, in which order.
extension State {
    /// Frames in scope, filtered or not.
    func frameCount(_ place: TimelinePlace) -> Int {
        if let filter = place.filter { return filter.shown.count }
        return frameCount(in: place.scope)
    }

    func frameCount(in scope: Scope) -> Int {
        switch scope {
        case .all: transcript.rows.count
        case .connection(let connection): transcript.rowsOfConnection[Int(connection)].count
        }
    }

    func row(in scope: Scope, at index: Int) -> UInt32 {
        switch scope {
        case .all: UInt32(index)
        case .connection(let connection): transcript.rowsOfConnection[Int(connection)][index]
        }
    }

    /// The index in a scope of a row, or of the first one after it.
    func index(in scope: Scope, of row: UInt32) -> Int {
        switch scope {
        case .all: Int(row)
        case .connection(let connection): transcript.rowsOfConnection[Int(connection)].partitioningIndex { $0 >= row }
        }
    }

    private func row(_ place: TimelinePlace, at index: Int) -> UInt32 { place.filter?.shown[index] ?? row(in: place.scope, at: index) }

    /// The frames of a timeline that stand before a row.
    private func frameCount(_ place: TimelinePlace, before row: UInt32) -> Int {
        if let filter = place.filter { return filter.shown.partitioningIndex { $0 >= row } }
        return min(frameCount(in: place.scope), index(in: place.scope, of: row))
    }

    // MARK: Items: frames, and between them where connections begin and end

    /// Where an expression selects frames, nothing stands between them; where it selects connections, their beginnings and ends do.
    private func markerCount(_ place: TimelinePlace) -> Int {
        if let filter = place.filter, filter.condition != nil { return filter.markers.count }
        switch place.scope {
        case .all: return transcript.markers.count
        case .connection(let connection): return transcript.connections[Int(connection)].verdict == nil ? 1 : 2
        }
    }

    private func marker(_ place: TimelinePlace, _ index: Int) -> Marker {
        if let filter = place.filter, filter.condition != nil { return filter.markers[index] }
        return switch place.scope {
        case .all: transcript.markers[index]
        case .connection(let connection):
            index == 0 ? Marker(row: 0, kind: .opened(connection)) : Marker(row: .max, kind: .ended(connection))
        }
    }

    /// Markers that a condition which holds from some place on does not hold for.
    private func markers(_ place: TimelinePlace, until isBehind: (Int) -> Bool) -> Int {
        var range = 0..<markerCount(place)
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = isBehind(middle) ? range.lowerBound..<middle : middle + 1..<range.upperBound
        }
        return range.lowerBound
    }

    func itemCount(_ place: TimelinePlace) -> Int { frameCount(place) + markerCount(place) }

    func item(_ place: TimelinePlace, at index: Int) -> TimelineItem? {
        guard index >= 0, index < itemCount(place) else { return nil }
        func position(_ marker: Int) -> Int { frameCount(place, before: self.marker(place, marker).row) + marker }
        let before = markers(place) { position($0) >= index }
        if before < markerCount(place), position(before) == index { return .marker(marker(place, before).kind) }
        return .frame(row(place, at: index - before))
    }

    /// The place of a row, or of the first one behind it.
    func index(of row: UInt32, in place: TimelinePlace) -> Int {
        let frames = frameCount(place, before: row)
        return frames + markers(place) { frameCount(place, before: marker(place, $0).row) > frames }
    }

    // MARK: What is selected

    /// The timeline that is shown or was come from.
    var timelineIndex: Int? { screens.lastIndex { $0.place == .timeline } }

    var selectedRow: UInt32? {
        switch screen {
        case .frame(let place): return place.row
        case .timeline(let place):
            if case .frame(let row) = item(place, at: place.list.selected) { return row }
            return nil
        case .findings(let place): return place.selected < transcript.findings.count ? transcript.findings[place.selected].row : nil
        case .requests: return selectedRequest?.row
        default: return nil
        }
    }

    var selectedRequest: RequestEntry? {
        guard case .requests(let place) = screen else { return nil }
        let order = transcript.orderedRequests
        return place.selected < order.count ? transcript.requests.entries[order[place.selected]] : nil
    }

    /// The row of what is selected, or the first one after it.
    var nearestRow: UInt32? {
        if let selectedRow { return selectedRow }
        guard case .timeline(let place) = screen else { return nil }
        var index = place.list.selected + 1
        while let item = item(place, at: index) {
            if case .frame(let row) = item { return row }
            index += 1
        }
        return nil
    }

    var selectedConnection: UInt32? {
        switch screen {
        case .connections: return selectedItem.flatMap { connections(of: $0).first }
        case .timeline(let place):
            if case .connection(let connection) = place.scope { return connection }
            switch item(place, at: place.list.selected) {
            case .frame(let row): return transcript.rows[Int(row)].connection
            case .marker(.opened(let connection)), .marker(.ended(let connection)): return connection
            case .marker, nil: return nil
            }
        case .frame(let place): return transcript.rows[Int(place.row)].connection
        case .findings(let place):
            return place.selected < transcript.findings.count ? transcript.findings[place.selected].connection : nil
        case .requests: return selectedRequest?.connection
        case .handshake(let connection, _): return connection
        case .statistics(let place):
            if case .connection(let connection) = place.scope { return connection }
            return nil
        case .help, .compare, .unread: return nil
        }
    }

    /// Selects a row in the timeline, and shows it where a frame is shown.
    ///
    /// A filter that hides the row is taken away; so is the scope of another connection.
    mutating func select(_ row: UInt32) {
        guard Int(row) < transcript.rows.count else { return }
        isFollowing = false
        if case .frame(var place) = screen {
            place.row = row
            place.field = 0
            place.list = ListPlace()
            place.folded = []
            place.document = nil
            screen = .frame(place)
        }
        guard let timelineIndex, case .timeline(var place) = screens[timelineIndex] else { return }
        if case .connection(let connection) = place.scope, connection != transcript.rows[Int(row)].connection {
            place.scope = .connection(transcript.rows[Int(row)].connection)
            place.filter = nil
        }
        if place.filter != nil {
            let index = index(of: row, in: place)
            if item(place, at: index) != .frame(row) { place.filter = nil }
        }
        place.list.selected = index(of: row, in: place)
        screens[timelineIndex] = .timeline(place)
    }
}
