extension ConnectionsView {
    /// Where the columns begin, and which have room at all.
    struct Columns {
        let width: Int
        let nameStart = 1 + Self.number + Self.state
        /// What a browser reports.
        let code: Int
        let frames: Int
        let bytes: Int
        let lasted: Int
        let activity: Int
        let peers: Int
        let rate: Int
        let verdict: Int
        static let number = 5
        static let state = 13

        init(width: Int, longestPeers: Int) {
            self.width = width
            code = width < 48 ? 0 : width < 100 ? 5 : 9
            bytes = width < 56 ? 0 : 10
            lasted = width < 68 ? 0 : width < 100 ? 10 : 13
            frames = width < 100 ? 8 : 10
            activity = width < 100 ? 0 : width < 140 ? 10 : width < 240 ? 18 : 42
            peers = width < 130 ? 0 : min(46, max(17, longestPeers) + 2)
            rate = width < 110 ? 0 : 10
            let flexible = width - nameStart - peers - code - frames - bytes - rate - lasted - (width < 100 ? 5 : 10) - activity - 1
            verdict = width < 170 ? 0 : max(36, flexible - 60)
        }

        /// `findings` where there is room for the word.
        var findings: Int { width < 100 ? 5 : 10 }
        private var fixed: Int { nameStart + peers + code + frames + bytes + rate + lasted + findings + activity + verdict + 1 }
        var nameWidth: Int { max(8, width - fixed) }
    }
}
