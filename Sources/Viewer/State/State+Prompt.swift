import WebSocket

extension State {
    mutating func ask(_ purpose: Prompt.Purpose, _ text: String = "") {
        prompt = Prompt(purpose, text, form: search?.pattern.form ?? .text)
    }

    mutating func performAtPrompt(_ action: Action) -> [Effect] {
        guard var line = prompt else { return [] }
        switch action {
        case .type(let scalar): line.insert(String(Character(scalar)))
        case .paste(let text): line.insert(text)
        case .erase:
            guard !line.text.isEmpty else {
                abandonPrompt()
                return []
            }
            line.erase()
        case .eraseWord: line.eraseWord()
        case .eraseAll: line.eraseAll()
        case .cursorLeft: line.cursor = max(0, line.cursor - 1)
        case .cursorRight: line.cursor = min(line.text.count, line.cursor + 1)
        case .older: recall(&line, 1)
        case .newer: recall(&line, -1)
        case .searchForm: if line.purpose == .search { line.form = line.form.next }
        case .submit: return submit(line)
        case .abandon:
            abandonPrompt()
            return []
        case .quit: return [.quit]
        case .suspend: return [.suspend]
        case .redraw: return [.redraw]
        default: return []
        }
        prompt = line
        if line.purpose == .filter { filterWhileTyping(line.string) }
        return []
    }

    private func lines(_ purpose: Prompt.Purpose) -> [String] { history[purpose] ?? [] }

    private mutating func recall(_ line: inout Prompt, _ steps: Int) {
        let past = lines(line.purpose)
        line.past = max(0, min(past.count, line.past + steps))
        line.replace(line.past == 0 ? "" : past[past.count - line.past])
    }

    private mutating func abandonPrompt() {
        let purpose = prompt?.purpose
        prompt = nil
        if purpose == .filter { abandonFilter() }
    }

    private mutating func submit(_ line: Prompt) -> [Effect] {
        let text = line.string
        if !text.isEmpty, lines(line.purpose).last != text { history[line.purpose, default: []].append(text) }
        switch line.purpose {
        case .search: return submitSearch(line)
        case .filter:
            submitFilter(text)
            return []
        case .savePayload, .saveConnection, .saveFrames:
            prompt = nil
            guard !text.isEmpty else { return [] }
            return save(line.purpose, as: text)
        }
    }
}
