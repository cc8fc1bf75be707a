import Bytes
import Rules
import WebSocket

/// From frame to frame.
extension State {
    /// Frames that are looked at for one jump; beyond it the key would be felt to wait.
    private static let reach = 300_000

    mutating func jump(_ action: Action) {
        guard let timelineIndex, case .timeline(let place) = screens[timelineIndex] else { return jumpWithoutTimeline(action) }
        switch action {
        case .nextFrame, .previousFrame: step(place, action == .nextFrame ? 1 : -1)
        case .nextFinding: goToFinding(place, isForward: true)
        case .previousFinding: goToFinding(place, isForward: false)
        case .otherSide:
            guard let row = selectedRow else { return }
            let side = transcript.rows[Int(row)].from
            find(place, 1, "the \(side.other.name) sends nothing from here on") { $0.from != side }
        case .partner: goToPartner()
        case .nextFragment: goToFragment(1)
        case .previousFragment: goToFragment(-1)
        default: break
        }
    }

    /// A frame that was come to from the findings has no timeline to move in.
    private mutating func jumpWithoutTimeline(_ action: Action) {
        switch action {
        case .partner: goToPartner()
        case .nextFragment: goToFragment(1)
        case .previousFragment: goToFragment(-1)
        default: break
        }
    }

    private mutating func step(_ place: TimelinePlace, _ direction: Int) {
        var index = place.list.selected + direction
        while index >= 0, let item = item(place, at: index) {
            if case .frame(let row) = item { return select(row) }
            index += direction
        }
        notice = Notice(direction > 0 ? "this is the last frame" : "this is the first frame")
    }

    private mutating func find(_ place: TimelinePlace, _ direction: Int, _ complaint: String, _ isWanted: (FrameRow) -> Bool) {
        var index = place.list.selected + direction
        var left = Self.reach
        while index >= 0, left > 0, let item = item(place, at: index) {
            if case .frame(let row) = item, isWanted(transcript.rows[Int(row)]) { return select(row) }
            index += direction
            left -= 1
        }
        notice = Notice(left == 0 ? "none in \(Self.reach) frames" : complaint)
    }

    /// By way of the findings, of which there are few where there are many frames.
    private mutating func goToFinding(_ place: TimelinePlace, isForward: Bool) {
        let here = selectedRow ?? (place.list.selected == 0 ? nil : UInt32.max)
        let rows = transcript.rowsWithFindings(from: here, isForward: isForward)
        var left = Self.reach
        for row in rows where left > 0 {
            left -= 1
            if item(place, at: index(of: row, in: place)) == .frame(row) { return select(row) }
        }
        notice = Notice(isForward ? "no finding from here on" : "no finding before")
    }

    // MARK: Ping and pong, close and close

    private mutating func goToPartner() {
        guard let row = selectedRow else { return }
        if let partner = transcript.requests.partner(of: row) { return select(partner) }
        let frame = transcript.rows[Int(row)]
        if frame.flags.contains(.endsMessage),
            let standing = transcript.requests.standing(connection: frame.connection, message: UInt64(frame.message))
        {
            notice = Notice(standing == .unanswered ? "this request was not answered" : "no answer to this request has come")
            return
        }
        guard [.ping, .pong, .close].contains(frame.opcode) else {
            notice = Notice("only requests, answers, pings, pongs and closes are paired")
            return
        }
        if let partner = partner(of: row, frame) {
            select(partner)
        } else if frame.isUnkept, frame.opcode != .close {
            notice = Notice("its payload was not kept, so its \(Self.partnerName(frame.opcode)) is not known")
        } else {
            notice = Notice("no \(Self.partnerName(frame.opcode)) belongs to it")
        }
    }

    private static func partnerName(_ opcode: Opcode) -> String { opcode == .ping ? "pong" : opcode == .pong ? "ping" : "other close" }

    /// The pong of the other side with the same payload, the ping before that it answers, the other close.
    private func partner(of row: UInt32, _ frame: FrameRow) -> UInt32? {
        let all = transcript.rowsOfConnection[Int(frame.connection)]
        let place = all.partitioningIndex { $0 >= row }
        let payload = payloads.stored(frame).span.copied()
        func isPartner(_ other: UInt32, _ opcode: Opcode) -> Bool {
            let other = transcript.rows[Int(other)]
            guard other.opcode == opcode, other.from != frame.from else { return false }
            if opcode != .close, frame.isUnkept || other.isUnkept { return false }
            return opcode == .close || (other.length == frame.length && payloads.stored(other).span.copied() == payload)
        }
        let before = all[..<place].suffix(Self.reach)
        let behind = all[place...].dropFirst().prefix(Self.reach)
        switch frame.opcode {
        case .ping: return behind.first { isPartner($0, .pong) }
        case .pong: return before.last { isPartner($0, .ping) }
        default: return before.last { isPartner($0, .close) } ?? behind.first { isPartner($0, .close) }
        }
    }

    // MARK: Fragments

    private mutating func goToFragment(_ direction: Int) {
        guard let row = selectedRow else { return }
        guard transcript.rows[Int(row)].isFragment else {
            notice = Notice("not a fragment: the message is this one frame")
            return
        }
        let frames = transcript.frames(ofMessageOf: row)
        guard let index = frames.firstIndex(of: row), frames.indices.contains(index + direction) else {
            notice = Notice(direction > 0 ? "this is the last fragment" : "this is the first fragment")
            return
        }
        select(frames[index + direction])
    }

    // MARK: Marks

    mutating func toggleMark() {
        if case .connections = screen { return toggleConnectionMark() }
        guard let row = selectedRow else {
            notice = Notice("only frames can be marked")
            return
        }
        let place = marks.partitioningIndex { $0 >= row }
        if place < marks.count, marks[place] == row { marks.remove(at: place) } else { marks.insert(row, at: place) }
        if screen.place == .timeline { list.move(by: 1, of: listCount) }
    }

    mutating func nextMark() {
        guard !marks.isEmpty else {
            notice = Notice("nothing is marked; m marks a frame")
            return
        }
        let here = selectedRow ?? 0
        select(marks.first { $0 > here } ?? marks[0])
    }

    mutating func compare() {
        guard let row = selectedRow else { return }
        guard let other = marks.last(where: { $0 != row }) else {
            notice = Notice("mark a frame with m, then press c on the other one")
            return
        }
        screens.append(.compare(ComparePlace(left: min(row, other), right: max(row, other))))
    }
}
