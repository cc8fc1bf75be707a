import Verdicts
import WebSocket

/// Which frames a screen shows, in which order.
extension State {
    /// Frames in scope, filtered or not.
    func frameCount(_ place: TimelinePlace) -> Int {
        if let filter = place.filter { return filter.rows.count }
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

    private func row(_ place: TimelinePlace, at index: Int) -> UInt32 { place.filter?.rows[index] ?? row(in: place.scope, at: index) }

    // MARK: Items: frames, and around those of one connection its handshake and its end

    private func hasHandshake(_ place: TimelinePlace) -> Bool { place.scope != .all && place.filter == nil }

    private func hasEnd(_ place: TimelinePlace) -> Bool {
        guard case .connection(let connection) = place.scope, place.filter == nil else { return false }
        return transcript.connections[Int(connection)].verdict != nil
    }

    func itemCount(_ place: TimelinePlace) -> Int {
        frameCount(place) + (hasHandshake(place) ? 1 : 0) + (hasEnd(place) ? 1 : 0)
    }

    func item(_ place: TimelinePlace, at index: Int) -> TimelineItem? {
        let first = hasHandshake(place) ? 1 : 0
        if index < first { return .handshake }
        if index - first < frameCount(place) { return .frame(row(place, at: index - first)) }
        return index < itemCount(place) ? .end : nil
    }

    /// The place of a row, or of the first one behind it.
    func index(of row: UInt32, in place: TimelinePlace) -> Int {
        let first = hasHandshake(place) ? 1 : 0
        if let filter = place.filter { return first + filter.rows.partitioningIndex { $0 >= row } }
        switch place.scope {
        case .all: return Int(row)
        case .connection(let connection):
            return first + transcript.rowsOfConnection[Int(connection)].partitioningIndex { $0 >= row }
        }
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
        default: return nil
        }
    }

    var selectedConnection: UInt32? {
        switch screen {
        case .connections(let place): return place.selected < transcript.connections.count ? UInt32(place.selected) : nil
        case .timeline(let place):
            if case .connection(let connection) = place.scope { return connection }
            return selectedRow.map { transcript.rows[Int($0)].connection }
        case .frame(let place): return transcript.rows[Int(place.row)].connection
        case .findings(let place):
            return place.selected < transcript.findings.count ? transcript.findings[place.selected].connection : nil
        case .handshake(let connection, _): return connection
        case .statistics(let place):
            if case .connection(let connection) = place.scope { return connection }
            return nil
        case .help, .compare: return nil
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
