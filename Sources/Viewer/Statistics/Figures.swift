struct Figures: Sendable {
}
