extension State {
    mutating func workOnFigures() -> Bool { false }
    var hasFiguresWork: Bool { false }
}
