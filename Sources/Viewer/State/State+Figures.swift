import Statistics

/// The figures of the statistics screen, which are counted while it is looked at.
extension State {
    private var statisticsPlace: StatisticsPlace? { if case .statistics(let place) = screen { place } else { nil } }

    var hasFiguresWork: Bool {
        guard let place = statisticsPlace else { return false }
        return place.figures.count < frameCount(in: place.scope)
    }

    mutating func workOnFigures() -> Bool {
        guard hasFiguresWork, var place = statisticsPlace else { return false }
        let scope = place.scope
        place.figures.step(frameCount: frameCount(in: scope), transcript) { row(in: scope, at: $0) }
        screen = .statistics(place)
        return true
    }
}
