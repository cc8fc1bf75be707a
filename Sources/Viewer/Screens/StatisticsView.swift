enum StatisticsView {
    static func lines(_ state: State, _ place: StatisticsPlace) -> [Line] { [Line("  not yet", .dim)] }
}
