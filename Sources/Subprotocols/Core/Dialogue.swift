import BinaryValues
import Bytes
import JSON
import WebSocket

/// What a decoder writes on: the operations of the current message, and the requests that wait for their answers.
public struct Dialogue: ~Copyable {
    public internal(set) var meaning: Meaning
    var message = MessageFacts.none
    private(set) var client = OpenRequests()
    private(set) var server = OpenRequests()
    /// There is an operation that what is said next is about.
    private var isAdding = false

    init(_ meaning: consuming Meaning) { self.meaning = meaning }

    @inline(__always)
    mutating func begin(_ message: MessageFacts) {
        self.message = message
        meaning.removeAll()
        isAdding = false
    }

    // MARK: Operations

    /// Adds an operation; what is said next is about it.
    @inline(__always)
    mutating func add(_ role: Operation.Role, _ type: StaticString) {
        isAdding = true
        guard meaning.operations.count < Meaning.operationLimit else { return meaning.replaceLatest(role, type) }
        meaning.operations.append(role, type)
    }

    /// Changes the operation that was added last.
    @inline(__always)
    mutating func change(_ body: (inout Operation) -> Void) {
        guard isAdding else { return }
        body(&meaning.operations.latest)
    }

    /// What is said of something that began in a message before: that counts as asked since then.
    mutating func began<Result>(at time: Int64, _ body: (inout Dialogue) -> Result) -> Result {
        let own = message.startTime
        message.startTime = time
        defer { message.startTime = own }
        return body(&self)
    }

    // MARK: Texts

    @inline(__always)
    mutating func name(_ value: JSONValue?, in content: Span<UInt8>) {
        if let text = take(value, content) { meaning.operations.latest.name = text }
    }

    mutating func name(_ bytes: Span<UInt8>) {
        if let text = take(bytes) { meaning.operations.latest.name = text }
    }

    /// Adds to the name, after a separator if it has one.
    mutating func extendName(_ separator: StaticString, _ bytes: Span<UInt8>) {
        guard isAdding else { return }
        let start = meaning.textEnd
        let before = meaning.operations.latest.name
        // The name is repeated at the end of the text, where it can grow.
        for index in before.range { meaning.append(meaning.byte(at: index)) }
        if !before.isEmpty { meaning.append(separator) }
        meaning.append(bytes)
        meaning.operations.latest.name = meaning.text(from: start)
    }

    mutating func extendName(_ separator: StaticString, _ value: JSONValue?, in content: Span<UInt8>) {
        guard let value, value.kind != .null else { return }
        guard case .text(hasEscapes: true) = value.kind else { return extendName(separator, content.extracting(value.range)) }
        var plain = ByteBuffer()
        JSONText.append(content.extracting(value.range).extracting(first: Meaning.valueLimit), to: &plain)
        extendName(separator, plain.span)
    }

    @inline(__always)
    mutating func id(_ value: JSONValue?, in content: Span<UInt8>) {
        if let text = take(value, content) { meaning.operations.latest.id = text }
    }

    mutating func id(_ bytes: Span<UInt8>) {
        if let text = take(bytes) { meaning.operations.latest.id = text }
    }

    mutating func id(_ number: UInt64) {
        guard isAdding else { return }
        let start = meaning.textEnd
        meaning.append(decimal: number)
        meaning.operations.latest.id = meaning.text(from: start)
    }

    /// Takes the type from the message, where applications choose it.
    mutating func word(_ value: JSONValue?, in content: Span<UInt8>) {
        if let text = take(value, content) { meaning.operations.latest.word = text }
    }

    mutating func word(_ bytes: Span<UInt8>) {
        if let text = take(bytes) { meaning.operations.latest.word = text }
    }

    mutating func detail(_ bytes: Span<UInt8>) {
        if !bytes.isEmpty, let text = take(bytes) { meaning.operations.latest.detail = text }
    }

    mutating func detail(_ value: JSONValue?, in content: Span<UInt8>) {
        if let text = take(value, content) { meaning.operations.latest.detail = text }
    }

    mutating func detail(word: StaticString) {
        if let text = take(word) { meaning.operations.latest.detail = text }
    }

    @inline(__always)
    mutating func succeed() { change { $0.status = .ok } }

    /// Says that something failed, and why.
    mutating func fail() { change { $0.status = .error } }

    mutating func fail(_ parts: JSONValue?..., in content: Span<UInt8>) {
        fail()
        guard isAdding else { return }
        let start = meaning.textEnd
        for case let part? in parts where part.kind != .null && !part.range.isEmpty {
            if meaning.textEnd > start { meaning.append(" ") }
            meaning.append(part, in: content)
        }
        meaning.operations.latest.reason = meaning.text(from: start)
    }

    mutating func fail(_ bytes: Span<UInt8>) {
        fail()
        reason(bytes)
    }

    mutating func reason(_ bytes: Span<UInt8>) {
        if let text = take(bytes) { meaning.operations.latest.reason = text }
    }

    mutating func reason(_ value: JSONValue?, in content: Span<UInt8>) {
        if let text = take(value, content) { meaning.operations.latest.reason = text }
    }

    mutating func reason(_ word: StaticString) {
        if let text = take(word) { meaning.operations.latest.reason = text }
    }

    /// What a value says, kept; nil where nothing is to be said.
    @inline(__always)
    private mutating func take(_ value: JSONValue?, _ content: Span<UInt8>) -> Operation.Text? {
        guard let value, isAdding, value.kind != .null else { return nil }
        return meaning.copy(value, in: content)
    }

    private mutating func take(_ bytes: Span<UInt8>) -> Operation.Text? {
        isAdding ? meaning.copy(0..<bytes.count, of: bytes) : nil
    }

    private mutating func take(_ word: StaticString) -> Operation.Text? {
        guard isAdding else { return nil }
        let start = meaning.textEnd
        meaning.append(word)
        return meaning.text(from: start)
    }

    // MARK: Values

    /// Gives the operation a value: `write` writes JSON; longer than the limit, it is left out.
    mutating func value(_ write: (inout ByteBuffer) -> Void) {
        guard isAdding else { return }
        let start = meaning.textEnd
        meaning.append(write)
        guard meaning.textEnd - start <= Meaning.valueLimit else { return meaning.truncate(to: start) }
        meaning.operations.latest.value = meaning.text(from: start, limit: Meaning.valueLimit)
    }

    /// Gives the operation JSON that a value of another format was written as, unless something of it was left out.
    mutating func value(_ json: Span<UInt8>, _ value: BinaryValue) {
        guard !value.isCut, !meaning.isEmpty else { return }
        self.value { $0.append(json) }
    }

    /// Gives the operation a part of a message that is JSON, and cannot be read in the message itself; nothing where it is not JSON.
    mutating func value(json text: Span<UInt8>) {
        guard isAdding, text.count <= Meaning.valueLimit, UTF8Validator.isValid(text) else { return }
        value { _ = JSONCompaction.append(text, to: &$0) }
    }

    // MARK: What belongs together

    @inline(__always)
    func prefetchRequests() {
        client.prefetch()
        server.prefetch()
    }

    /// Notes that the operation may be answered, under its id.
    /// - Parameter space: which of the protocol's kinds of id it is.
    @inline(__always)
    mutating func ask(_ space: UInt8 = 0, mustBeAnswered: Bool = true) {
        guard isAdding else { return }
        meaning.operations.latest.isAsking = true
        if message.side == .client {
            client.add(space, meaning, message.number, message.startTime, mustBeAnswered: mustBeAnswered)
        } else {
            server.add(space, meaning, message.number, message.startTime, mustBeAnswered: mustBeAnswered)
        }
    }

    /// The same under a key that is not its id.
    mutating func ask(_ space: UInt8 = 0, key: Span<UInt8>, mustBeAnswered: Bool = true) {
        guard isAdding else { return }
        meaning.operations.latest.isAsking = true
        let key = key.extracting(first: Meaning.textLimit)
        if message.side == .client {
            client.add(key, space, meaning, message.number, message.startTime, mustBeAnswered: mustBeAnswered)
        } else {
            server.add(key, space, meaning, message.number, message.startTime, mustBeAnswered: mustBeAnswered)
        }
    }

    /// Pairs the operation with the other side's request of the same id.
    /// - Parameter isLast: no more answers to it come.
    @inline(__always)
    @discardableResult
    mutating func answer(_ space: UInt8 = 0, isLast: Bool = true, of side: Side? = nil) -> Bool {
        guard isAdding else { return false }
        meaning.operations.latest.isAnswering = true
        return (side ?? message.side.other) == .client
            ? client.answer(space, message.endTime, isLast: isLast, &meaning)
            : server.answer(space, message.endTime, isLast: isLast, &meaning)
    }

    /// The same under a key that is not its id.
    @discardableResult
    mutating func answer(_ space: UInt8 = 0, key: Span<UInt8>, isLast: Bool = true, of side: Side? = nil) -> Bool {
        guard isAdding else { return false }
        meaning.operations.latest.isAnswering = true
        let key = key.extracting(first: Meaning.textLimit)
        return (side ?? message.side.other) == .client
            ? client.answer(key, space, message.endTime, isLast: isLast, &meaning)
            : server.answer(key, space, message.endTime, isLast: isLast, &meaning)
    }

    /// Says of the operation that it belongs to the other side's request of the same id, and is not its answer: that still comes.
    mutating func follow(_ space: UInt8 = 0) -> Bool {
        guard isAdding else { return false }
        return message.side == .server
            ? client.follow(space, message.endTime, &meaning) : server.follow(space, message.endTime, &meaning)
    }

    /// Gives the operation the name of the same side's request of the same id, whose answer still comes.
    mutating func refer(_ space: UInt8 = 0) {
        guard isAdding else { return }
        let isFound =
            message.side == .client
            ? client.follow(space, message.endTime, &meaning) : server.follow(space, message.endTime, &meaning)
        guard isFound else { return }
        change {
            $0.request = 0
            $0.latency = nil
        }
    }

    /// Whether the other side waits for an answer with this key.
    mutating func hasOpenRequest(_ key: Span<UInt8>, _ space: UInt8) -> Bool {
        let key = key.extracting(first: Meaning.textLimit)
        return message.side == .client ? server.has(key, space) : client.has(key, space)
    }

    /// Ends a request of which no more is wanted: the operation has its name, and answers nothing.
    /// - Parameter isConfirmed: the other side still ends it.
    mutating func cancel(_ space: UInt8 = 0, of side: Side, isConfirmed: Bool = false) {
        guard answer(space, isLast: !isConfirmed, of: side) else { return }
        change {
            $0.request = 0
            $0.latency = nil
        }
    }

    /// The requests that were not answered, of both sides, in their order.
    func unanswered(limit: Int) -> UnansweredRequests {
        var found = UnansweredRequests()
        found.unpairedCount = client.unpairedCount + server.unpairedCount
        collect(client, .client, &found, limit)
        collect(server, .server, &found, limit)
        found.named.sort { $0.message < $1.message }
        return found
    }

    private func collect(_ requests: borrowing OpenRequests, _ side: Side, _ found: inout UnansweredRequests, _ limit: Int) {
        for index in 0..<requests.entries.count {
            let entry = requests.entries[index]
            guard entry.isOpen, entry.mustBeAnswered, !entry.isAnswered else { continue }
            guard found.named.count < limit else {
                found.omittedCount += 1
                continue
            }
            found.named.append(
                Unanswered(
                    from: side, type: entry.type, word: requests.word(of: index).copied(), role: entry.role,
                    name: requests.name(of: index).copied(), id: requests.id(of: index),
                    message: entry.message, time: entry.time))
        }
    }
}

extension Meaning {
    func byte(at index: Int) -> UInt8 { bytes(of: Operation.Text(start: Int32(index), count: 1))[0] }
}
