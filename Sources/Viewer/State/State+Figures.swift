import Filter
import Statistics

/// The figures of the statistics screen, which are counted while it is looked at.
extension State {
    /// Statistics of what is shown: all frames of a scope, or those that a filter or marks select.
    var statisticsOfScreen: StatisticsPlace {
        switch screen {
        case .connections:
            let condition = markedConnections.isEmpty ? connectionList.filter?.condition : Condition(connections: markedConnections)
            return StatisticsPlace(.all, condition.map { FilterRun($0, anchor: nil, scope: .all) })
        case .timeline(let place): return StatisticsPlace(place.scope, place.filter)
        case .frame, .handshake: return StatisticsPlace(selectedConnection.map { .connection($0) } ?? .all)
        default: return StatisticsPlace(.all)
        }
    }

    /// Frames that are to be counted, as far as is known.
    func frameCount(_ place: StatisticsPlace) -> Int { place.filter?.rows.count ?? frameCount(in: place.scope) }

    private var statisticsPlace: StatisticsPlace? { if case .statistics(let place) = screen { place } else { nil } }

    var hasFiguresWork: Bool {
        guard let place = statisticsPlace else { return false }
        return place.figures.count < frameCount(place) || canSelect(place) || canCountUnfinished(place)
    }

    private func canSelect(_ place: StatisticsPlace) -> Bool {
        guard let filter = place.filter else { return false }
        return filter.examinedCount < frameCount(in: place.scope) && !isWaiting(filter)
    }

    /// They count with frames, which have to be known before.
    private func canCountUnfinished(_ place: StatisticsPlace) -> Bool {
        let isReady = place.filter.map { $0.examinedCount == frameCount(in: place.scope) } ?? true
        return isReady && place.unfinishedCount < transcript.unfinished.count
    }

    mutating func workOnFigures() -> Bool {
        guard hasFiguresWork, var place = statisticsPlace else { return false }
        // Let go of, so that what it holds is changed and not copied.
        screen = .help(ListPlace())
        let scope = place.scope
        if canSelect(place) {
            place.filter?.step(frameCount: frameCount(in: scope), transcript, payloads) { row(in: scope, at: $0) }
        }
        if let rows = place.filter?.rows {
            place.figures.step(frameCount: rows.count, transcript) { rows[$0] }
        } else {
            place.figures.step(frameCount: frameCount(in: scope), transcript) { row(in: scope, at: $0) }
        }
        if canCountUnfinished(place) { countUnfinished(&place) }
        screen = .statistics(place)
        return true
    }

    private func countUnfinished(_ place: inout StatisticsPlace) {
        for message in transcript.unfinished[place.unfinishedCount...] {
            if case .connection(let connection) = place.scope, connection != message.connection { continue }
            if let filter = place.filter, !(message.row.map { filter.isSelected($0) } ?? false) { continue }
            place.figures.addMessage(message.opcode, from: message.from, length: message.length)
        }
        place.unfinishedCount = transcript.unfinished.count
    }
}
