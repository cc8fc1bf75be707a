import Terminal
import Testing
import Verdicts

@testable import Viewer

@Suite("What each action does")
struct ActionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var action: Action
        /// What was done before.
        var before: [Action] = []
        var holds: @Sendable (State, [Effect]) -> Bool
        var says: String
        var testDescription: String { "\(action) after \(before): \(says)" }

        init(_ action: Action, after before: [Action] = [], _ says: String, _ holds: @escaping @Sendable (State, [Effect]) -> Bool) {
            self.action = action
            self.before = before
            self.says = says
            self.holds = holds
        }
    }

    private static func type(_ text: String) -> [Action] { text.unicodeScalars.map { .type($0) } }

    /// To the frame with a number, of connection 1, in the timeline and on the frame screen.
    ///
    /// Before the frames of each connection stands its upgrade, after them its end.
    private static func row(_ number: Int) -> [Action] {
        [.timeline] + Array(repeating: .down, count: number + (number < 11 ? 1 : 3))
    }
    private static func frame(_ number: Int) -> [Action] { row(number) + [.open] }

    static let cases: [Case] = [
        // Moving.
        Case(.down, "selects the next row") { state, _ in state.list.selected == 1 },
        Case(.down, after: [.bottom], "stays at the last row") { state, _ in state.list.selected == 1 },
        Case(.up, after: [.down], "selects the row before") { state, _ in state.list.selected == 0 },
        Case(.up, "stays at the first row") { state, _ in state.list.selected == 0 },
        Case(.pageDown, after: [.timeline], "goes down a page less a row") { state, _ in state.list.selected == 6 },
        Case(.pageUp, after: [.timeline, .bottom], "goes up a page less a row") { state, _ in state.list.selected == 19 },
        Case(.halfPageDown, after: [.timeline], "goes down half a page") { state, _ in state.list.selected == 3 },
        Case(.halfPageUp, after: [.timeline, .bottom], "goes up half a page") { state, _ in state.list.selected == 22 },
        Case(.top, after: [.timeline, .bottom], "selects the first row") { state, _ in state.list.selected == 0 },
        Case(.bottom, after: [.timeline], "selects the last row, and shows it") { state, _ in
            state.list.selected == 25 && state.list.top == 19
        },
        Case(.scroll(3), after: [.timeline], "goes down three rows") { state, _ in state.list.selected == 3 },
        Case(.right, "goes in") { state, _ in state.screen.place == .timeline },
        Case(.left, after: [.right], "goes out") { state, _ in state.screen.place == .connections },
        Case(.click(Position(row: 3, column: 20)), "selects the row") { state, _ in state.list.selected == 1 },
        Case(.click(Position(row: 2, column: 20)), "opens what is selected") { state, _ in state.screen.place == .timeline },
        Case(.click(Position(row: 0, column: 20)), "goes where the bar says") { state, _ in state.screen.place == .timeline },
        Case(.click(Position(row: 9, column: 2)), "does nothing on the bar at the bottom") { state, _ in state.screens.count == 1 },

        Case(.click(Position(row: 5, column: 9)), after: frame(0) + [.nextForm], "on the first byte in hex selects the opcode") {
            state, _ in
            framePlace(state)?.field == 4
        },
        Case(.click(Position(row: 5, column: 15)), after: frame(0) + [.nextForm], "on a byte of the key selects the key") { state, _ in
            framePlace(state)?.field == 7
        },

        // From screen to screen.
        Case(.open, "shows the frames of a connection") { state, _ in
            state.screen.place == .timeline && state.selectedConnection == 0 && state.listCount == 13
        },
        Case(.open, after: [.open], "shows the handshake, the first row") { state, _ in state.screen.place == .handshake },
        Case(.open, after: [.open, .down], "shows a frame") { state, _ in state.screen.place == .frame && state.selectedRow == 0 },
        Case(.open, after: [.findings], "goes to the frame of a finding") { state, _ in
            state.screen.place == .frame && state.selectedRow == 8 && state.screens.count == 4
        },
        Case(.back, after: frame(2), "goes back to where one was") { state, _ in
            state.screen.place == .timeline && state.list.selected == 3
        },
        Case(.back, "quits from the first screen") { _, effects in effects == [.quit] },
        Case(.connections, after: frame(2), "shows all connections") { state, _ in state.screens.count == 1 },
        Case(.timeline, "shows the frames of all connections") { state, _ in state.listCount == 26 },
        Case(.findings, "shows the findings") { state, _ in state.screen.place == .findings && state.listCount > 0 },
        Case(.timeline, after: [.down, .mark], "shows a marked connection from its beginning to its end") { state, _ in
            state.listCount == 13 && state.item(timelinePlace(state), at: 0) == .marker(.opened(1))
                && state.item(timelinePlace(state), at: 12) == .marker(.ended(1))
        },
        Case(.requests, "shows requests, of which there are none") { state, _ in state.screen.place == .requests && state.listCount == 0 },
        Case(.statistics, after: [.open], "shows figures of the connection") { state, _ in
            if case .statistics(let place) = state.screen { place.scope == .connection(0) } else { false }
        },
        Case(.handshake, after: [.down], "shows the handshake of the selected connection") { state, _ in
            if case .handshake(let connection, _) = state.screen { connection == 1 } else { false }
        },
        Case(.help, "shows all keys") { state, _ in state.screen.place == .help },
        Case(.help, after: [.help], "is shown once") { state, _ in state.screens.count == 2 },

        // Looks.
        Case(.columns, after: [.timeline], "makes a ladder of the timeline") { state, _ in state.isLadder },
        Case(.clock, after: [.timeline], "shows the time of day") { state, _ in state.clock == .absolute },
        Case(.clock, after: [.timeline, .clock], "shows the local time of day") { state, _ in state.clock == .local },
        Case(.clock, after: [.timeline, .clock, .clock, .clock], "comes back to relative times") { state, _ in state.clock == .relative },
        Case(.follow, after: [.timeline], "goes to the end and stays there") { state, _ in state.isFollowing && state.list.selected == 25 },
        Case(.up, after: [.timeline, .follow], "stops following") { state, _ in !state.isFollowing },
        Case(.nextForm, after: frame(0), "shows hex behind text") { state, _ in document(state)?.form == .hex },
        Case(.nextForm, after: frame(1), "shows hex behind a JSON tree") { state, _ in document(state)?.form == .hex },
        Case(.nextForm, after: frame(0) + [.nextForm], "shows text behind hex") { state, _ in document(state)?.form == .text },
        Case(.nextField, after: frame(0), "selects RSV1 behind FIN") { state, _ in framePlace(state)?.field == 1 },
        Case(.previousField, after: frame(0), "selects the payload before FIN") { state, _ in framePlace(state)?.field == 8 },
        Case(.wire, after: frame(0), "shows the masked bytes in hex") { state, _ in
            document(state).map { $0.form == .hex && $0.bytes[6...].first == UInt8(ascii: "h") ^ 0x37 } ?? false
        },
        Case(.wire, after: frame(3) + [.wire], "shows all of a fragmented message") { state, _ in
            document(state).map { String(decoding: $0.bytes, as: UTF8.self) } == "first second"
        },
        Case(.wire, after: frame(7), "shows a compressed message as it was sent") { state, _ in
            document(state).map { Array($0.bytes[2...]) } == [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
        },
        Case(.fold, after: frame(1), "folds all but the outermost") { state, _ in document(state)?.lineCount == 4 },
        Case(.open, after: frame(1) + [.down, .down], "folds one container of the tree") { state, _ in document(state)?.lineCount == 4 },
        Case(.right, after: frame(1) + [.down, .down, .open], "unfolds it") { state, _ in document(state)?.lineCount == 9 },
        Case(.left, after: frame(1) + [.down, .down, .down], "goes out to what contains it") { state, _ in state.list.selected == 2 },

        Case(.header, after: frame(0), "unfolds the bits of the header where they were folded for want of rows") { state, _ in
            !FrameView.foldsHeader(state)
        },
        Case(.header, after: frame(0) + [.header], "folds them again") { state, _ in FrameView.foldsHeader(state) },
        Case(.nextField, after: frame(0), "unfolds the bits, since a field is chosen among them") { state, _ in
            !FrameView.foldsHeader(state)
        },

        // The list of connections.
        Case(.order, "sorts the worst first") { state, _ in state.connectionList.order == .worst && state.notice != nil },
        Case(.order, after: [.order, .order], "sorts by bytes behind frames") { state, _ in state.connectionList.order == .bytes },
        Case(.reverse, "shows the last first") { state, _ in state.connectionList.items == [.connection(1), .connection(0)] },
        Case(.reverse, after: [.reverse], "shows the first first again") { state, _ in
            state.connectionList.items == [.connection(0), .connection(1)]
        },
        Case(.filter, "asks for an expression on connections") { state, _ in state.prompt?.purpose == .filter },
        Case(.submit, after: [.filter] + type("connection == 2"), "lists what it selects") { state, _ in
            state.prompt == nil && state.connectionList.items == [.connection(1)] && state.selectedConnection == 1
        },
        Case(.submit, after: [.filter] + type("opcode == close"), "refuses what is about frames, and keeps asking") { state, _ in
            state.prompt != nil && state.notice?.kind == .failure && state.listCount == 2
        },
        Case(.submit, after: [.filter] + type("browser.code == 1000"), "knows what a browser reports") { state, _ in state.listCount == 0 },
        Case(.abandon, after: [.filter] + type("connection == 2"), "lists what it listed before") { state, _ in state.listCount == 2 },
        Case(.cancel, after: [.filter] + type("connection == 2") + [.submit], "lists all connections again, and stays") { state, effects in
            state.listCount == 2 && effects.isEmpty && state.selectedConnection == 1
        },
        Case(.open, after: [.filter] + type("connection == 2") + [.submit], "opens the one that is shown") { state, _ in
            state.screen.place == .timeline && state.selectedConnection == 1
        },
        Case(.detail, after: [.timeline], "asks for a detail, for which ten rows are too few") { state, _ in
            state.showsDetail == true && Panes(state).detail == nil
        },

        // What a timeline leaves out.
        Case(.heartbeats, after: row(1), "hides pings and pongs, and keeps where connections begin and end") { state, _ in
            state.listCount == 26 - 6 && state.selectedRow == 1
        },
        Case(.heartbeats, after: row(1) + [.heartbeats], "shows them again") { state, _ in
            state.listCount == 26 && state.selectedRow == 1
        },
        Case(.heartbeats, after: row(0) + [.filter] + type("connection == 1") + [.submit], "hides them among what a filter selects") {
            // With the rows where the connection begins and ends.
            state, _ in state.listCount == 10
        },
        Case(.cancel, after: row(0) + [.heartbeats, .filter] + type("connection == 1") + [.submit], "leaves them hidden") { state, _ in
            state.listCount == 20 && state.screen.place == .timeline
        },
        Case(.context, after: row(9) + [.filter] + type("opcode == close") + [.submit], "shows three frames around each match") {
            state, _ in
            // Frames 9 and 10 of either connection: 6 to 13, and 17 to 21.
            state.listCount == 8 + 5 && state.selectedRow == 9
        },
        Case(.context, after: row(9) + [.filter] + type("opcode == close") + [.submit, .context, .context], "shows matches alone again") {
            state, _ in state.listCount == 4 && state.selectedRow == 9
        },
        Case(.context, after: row(9), "says that it goes with a filter") { state, _ in state.listCount == 26 && state.notice != nil },

        // Jumps.
        Case(.nextFrame, after: frame(1), "shows the next frame, and selects it beneath") { state, _ in
            state.selectedRow == 2 && timelineSelection(state) == 3
        },
        Case(.nextFrame, after: [.timeline, .bottom, .up, .open], "says that there is none") { state, _ in
            state.selectedRow == 21 && state.notice != nil
        },
        Case(.previousFrame, after: frame(1), "shows the frame before") { state, _ in state.selectedRow == 0 },
        Case(.nextFinding, after: [.timeline], "goes to the next frame with one") { state, _ in state.selectedRow == 8 },
        Case(.nextFinding, after: row(19), "says that there is none") { state, _ in state.selectedRow == 19 && state.notice != nil },
        Case(.previousFinding, after: row(18), "goes to the frame with one before") { state, _ in state.selectedRow == 8 },
        Case(.partner, after: row(2), "goes from ping to pong") { state, _ in state.selectedRow == 4 },
        Case(.partner, after: row(4), "goes from pong to ping") { state, _ in state.selectedRow == 2 },
        Case(.partner, after: row(10), "goes from close to close") { state, _ in state.selectedRow == 9 },
        Case(.partner, after: row(0), "says that a text has none") { state, _ in state.selectedRow == 0 && state.notice != nil },
        Case(.nextFragment, after: row(3), "goes to the last fragment, past the pong between") { state, _ in state.selectedRow == 5 },
        Case(.previousFragment, after: row(5), "goes to the first fragment") { state, _ in state.selectedRow == 3 },
        Case(.nextFragment, after: row(0), "says that it is none") { state, _ in state.notice != nil },
        Case(.otherSide, after: row(2), "goes to what the server sends next") { state, _ in state.selectedRow == 3 },
        Case(.mark, after: row(0), "marks, and goes on") { state, _ in state.marks == [0] && state.list.selected == 2 },
        Case(.mark, after: row(0) + [.mark, .up], "takes the mark away") { state, _ in state.marks.isEmpty },
        Case(.timeline, after: [.down, .mark], "shows the frames of marked connections") { state, _ in
            state.listCount == 13 && state.selectedRow == 11
        },
        Case(.mark, after: [.down, .mark], "takes the mark of a connection away") { state, _ in state.markedConnections.isEmpty },
        Case(.nextMark, after: row(0) + [.mark, .down, .down], "comes round to the first mark") { state, _ in state.selectedRow == 0 },
        Case(.nextMark, after: [.timeline], "says how to mark") { state, _ in state.notice != nil },
        Case(.compare, after: row(0) + [.mark], "shows both frames") { state, _ in
            if case .compare(let place) = state.screen {
                place.left == 0 && place.right == 1 && place.comparison?.documents.count == 2
            } else {
                false
            }
        },
        Case(.compare, after: row(0), "says that something is to be marked first") { state, _ in
            state.notice != nil && state.screen.place == .timeline
        },

        // Searching.
        Case(.search, "asks what for") { state, _ in state.prompt?.purpose == .search },
        Case(.submit, after: [.search] + type("second"), "goes to the first match, in the frames of all connections") { state, _ in
            state.selectedRow == 5 && state.search?.count == 2
        },
        Case(.submit, after: [.search] + type("SECOND"), "finds nothing where case differs from capitals") { state, _ in
            state.search?.count == 0 && state.notice?.text == "not found: SECOND"
        },
        Case(.submit, after: [.search, .searchForm] + type("de ad"), "finds bytes") { state, _ in state.selectedRow == 6 },
        Case(.submit, after: [.search, .searchForm] + type("de a"), "complains of half a byte and keeps asking") { state, _ in
            state.prompt != nil && state.notice?.kind == .failure
        },
        Case(.nextMatch, after: [.search] + type("second") + [.submit], "goes to the next") { state, _ in state.selectedRow == 16 },
        Case(.nextMatch, after: [.search] + type("second") + [.submit, .nextMatch], "begins again behind the last") { state, _ in
            state.selectedRow == 5 && state.notice != nil
        },
        Case(.previousMatch, after: [.search] + type("second") + [.submit], "goes round to the last") { state, _ in
            state.selectedRow == 16
        },
        Case(.nextMatch, "says that nothing was searched for") { state, _ in state.notice != nil },
        Case(.cancel, after: [.search] + type("second") + [.submit], "takes the search back") { state, _ in
            state.search == nil && state.screen.place == .timeline
        },
        Case(.cancel, after: [.timeline, .search] + type("SECOND") + [.submit], "takes back a search that found nothing, and stays") {
            state, _ in state.search == nil && state.screen.place == .timeline
        },
        Case(.cancel, after: frame(1), "goes back where nothing is to be taken back") { state, _ in state.screen.place == .timeline },

        Case(.filter, after: [.timeline], "asks for an expression") { state, _ in state.prompt?.purpose == .filter },
        Case(.type("g"), after: [.timeline, .filter] + type("opcode == pin"), "filters as soon as it can be understood") { state, _ in
            state.listCount == 4 && state.prompt != nil
        },
        Case(.submit, after: [.timeline, .filter] + type("opcode =="), "complains and keeps asking") { state, _ in
            state.prompt != nil && state.notice?.kind == .failure
        },
        Case(.submit, after: row(9) + [.filter] + type("opcode == close"), "keeps the row that was selected") { state, _ in
            state.prompt == nil && state.listCount == 4 && state.selectedRow == 9
        },
        Case(.submit, after: row(9) + [.filter] + type("text contains \"second\""), "looks into joined messages") { state, _ in
            state.listCount == 2 && state.selectedRow == 16
        },
        Case(.submit, after: [.timeline, .filter] + type("connection == 2 and verdict == closed"), "knows how connections ended") {
            state, _ in state.prompt == nil && state.listCount == 13
        },
        Case(.submit, after: [.timeline, .filter] + type("offset == 0"), "refuses what the rows do not keep") { state, _ in
            state.prompt != nil && state.notice?.kind == .failure && state.listCount == 26
        },
        Case(.abandon, after: row(9) + [.filter] + type("opcode == ping"), "takes the filter back") { state, _ in
            state.listCount == 26
        },
        Case(.cancel, after: row(9) + [.filter] + type("opcode == ping") + [.submit], "shows all frames again") { state, _ in
            state.listCount == 26 && state.screen.place == .timeline
        },

        // Copy and save.
        Case(.copy, after: frame(0), "copies the payload") { _, effects in effects == [.copy(Array("hello".utf8), of: 5)] },
        Case(.copy, after: frame(5), "copies the whole message with its last fragment") { _, effects in
            effects == [.copy(Array("first second".utf8), of: 12)]
        },
        Case(.savePayload, after: frame(0), "proposes a name") { state, _ in
            state.prompt?.string == "connection-1-frame-1.txt"
        },
        Case(.submit, after: frame(6) + [.savePayload, .eraseAll] + type("x"), "saves under the name that was typed") { _, effects in
            effects == [.save([0xDE, 0xAD, 0xBE, 0xEF], of: 4, as: "x")]
        },
        Case(.submit, after: frame(6) + [.savePayload, .eraseAll], "does nothing without a name") { state, effects in
            effects.isEmpty && state.prompt == nil
        },
        Case(.saveConnection, after: [.down], "proposes a name") { state, _ in state.prompt?.string == "connection-2.pcapng" },
        Case(.submit, after: [.down, .saveConnection], "saves the selected connection") { _, effects in
            if case .saveConnection(let saved, "connection-2.pcapng") = effects.first { saved.number == 2 } else { false }
        },
        Case(.submit, after: row(0) + [.mark, .mark, .saveFrames], "saves what is marked") { _, effects in
            effects == [.saveFrames([1: [1, 2]], as: "frames.jsonl")]
        },
        Case(.submit, after: row(12) + [.saveFrames], "saves what is selected where nothing is marked") { _, effects in
            effects == [.saveFrames([2: [2]], as: "frame.jsonl")]
        },
        Case(.mark, after: [.timeline], "says of an upgrade that only frames can be marked") { state, _ in
            state.marks.isEmpty && state.notice != nil
        },
        Case(.saveFrames, "asks to select something first") { state, _ in state.prompt == nil && state.notice != nil },

        // At a prompt.
        Case(.type("x"), after: [.search], "takes a letter") { state, _ in state.prompt?.string == "x" },
        Case(.paste("a\r\nb\u{1B}c"), after: [.search], "takes text without what a terminal obeys") { state, _ in
            state.prompt?.string == "a bc"
        },
        Case(.erase, after: [.search] + type("ab"), "takes the last letter away") { state, _ in state.prompt?.string == "a" },
        Case(.erase, after: [.search], "leaves an empty prompt") { state, _ in state.prompt == nil },
        Case(.eraseWord, after: [.search] + type("one two"), "takes a word away") { state, _ in state.prompt?.string == "one " },
        Case(.eraseAll, after: [.search] + type("one two"), "takes everything away") { state, _ in state.prompt?.string == "" },
        Case(.abandon, after: [.search] + type("one"), "leaves the prompt") { state, _ in state.prompt == nil && state.search == nil },
        Case(.searchForm, after: [.search], "searches for hex") { state, _ in state.prompt?.form == .hex },
        Case(.searchForm, after: [.search, .searchForm, .searchForm], "comes back to text") { state, _ in state.prompt?.form == .text },
        Case(.older, after: [.search] + type("hello") + [.submit, .search], "brings back what was entered before") { state, _ in
            state.prompt?.string == "hello"
        },
        Case(.newer, after: [.search] + type("hello") + [.submit, .search, .older], "goes on to an empty line") { state, _ in
            state.prompt?.string == ""
        },
        Case(.type("x"), after: [.search] + type("ab") + [.cursorLeft], "takes a letter where the cursor is") { state, _ in
            state.prompt?.string == "axb"
        },
        Case(.cursorLeft, after: [.search] + type("ab"), "goes a letter to the left") { state, _ in state.prompt?.cursor == 1 },
        Case(.cursorRight, after: [.search] + type("ab") + [.cursorLeft], "goes a letter to the right") { state, _ in
            state.prompt?.cursor == 2
        },

        // The program.
        Case(.quit, "quits from anywhere") { _, effects in effects == [.quit] },
        Case(.suspend, after: frame(0), "stops for a while") { _, effects in effects == [.suspend] },
        Case(.suspend, after: [.search] + type("a"), "leaves what is typed as it is") { state, effects in
            effects == [.suspend] && state.prompt?.string == "a"
        },
        Case(.redraw, "writes everything anew") { _, effects in effects == [.redraw] },
    ]

    private static func framePlace(_ state: State) -> FramePlace? { if case .frame(let place) = state.screen { place } else { nil } }
    private static func timelinePlace(_ state: State) -> TimelinePlace {
        if case .timeline(let place) = state.screen { place } else { TimelinePlace(.all) }
    }
    private static func document(_ state: State) -> FrameDocument? { framePlace(state)?.document }

    private static func timelineSelection(_ state: State) -> Int? {
        if let index = state.timelineIndex, case .timeline(let place) = state.screens[index] { place.list.selected } else { nil }
    }

    @Test("the state after it", arguments: cases.indices)
    func behaviour(index: Int) {
        let example = Self.cases[index]
        // Ten rows: a list of seven.
        var state = Stage([everything, everything]).state(80, example.before.contains(.nextForm) ? 14 : 10)
        for action in example.before {
            _ = state.perform(action)
            while state.work() {}
        }
        let effects = state.perform(example.action)
        while state.work() {}
        let holds = example.holds(state, effects)
        #expect(holds, "\(example.testDescription); selected \(state.list), row \(state.selectedRow ?? 0), \(state.notice?.text ?? "")")
    }

    /// The case's name without its values.
    @Test("a filter on how connections end waits until all is read")
    func waitingFilter() {
        var state = Stage([everything]).state()
        state.receive(Progress())
        for action in [.timeline, .filter] + Self.type("verdict == closed") + [.submit] { _ = state.perform(action) }
        while state.work() {}
        let words = "how connections end is known when all is read"
        #expect(state.listCount == 0 && state.draw().lines.contains { $0.contains(words) })
        var done = Progress()
        done.isDone = true
        state.receive(done)
        while state.work() {}
        #expect(state.listCount == 13 && !state.draw().lines.contains { $0.contains(words) })
    }

    private static func name(_ action: Action) -> String { String("\(action)".prefix { $0 != "(" }) }

    @Test("every action has its test")
    func completeness() {
        let tested = Set(Self.cases.map { Self.name($0.action) })
        let all = KeyMap.table.map(\.action) + [.scroll(0), .click(Position(row: 0, column: 0)), .type("x"), .paste("")]
        #expect(all.map(Self.name).filter { !tested.contains($0) } == [])
    }

    @Test("no key means two things in one place, and each help fits into 80 columns")
    func keys() {
        for (index, binding) in KeyMap.table.enumerated() {
            #expect(binding.help.count <= 56, "\(binding.help)")
            for other in KeyMap.table[(index + 1)...] where !binding.places.isDisjoint(with: other.places) {
                #expect(Set(binding.keys).isDisjoint(with: other.keys), "\(binding.action) and \(other.action)")
            }
        }
    }
}
