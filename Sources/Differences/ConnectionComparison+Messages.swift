import Bytes
import Inspection
import WebSocket

extension ConnectionComparison {
    mutating func compareMessages(of side: Side) {
        let (left, right) = (a[side], b[side])
        // Between runs pings say how long they took, and nothing else.
        let countsPings = options.compares(.pings) && !isTolerant
        let countsClose = !areRuns || (!options.compares(.end) && options.onlySide == nil)
        let found = MessagePairs(left, in: captureA, right, in: captureB, areRuns: areRuns) { message in
            // How two runs were closed is said of their ends.
            message.opcode == .close ? countsClose : countsPings || !message.isHeartbeat
        }
        pairs.append((side, found.pairs))
        if options.keepsMessages { alignment.add(found, side) }
        result.pairCount += found.pairs.count
        for pair in found.pairs { compare(left[pair.a], right[pair.b], isMoved: pair.isMoved, side) }
        // Through a proxy a message is missing where it did not arrive: what the server sent comes from the other side.
        let isTurned = result.isSame && (side == .server) != result.isReversed
        let known = Set((isTurned ? right : left).lazy.map(\.digest))
        for index in found.missing { add(isTurned ? .added : .missing, left[index], side, isOfA: true, known) }
        for index in found.added { add(isTurned ? .missing : .added, right[index], side, isOfA: false, known) }
    }

    // MARK: One pair

    private mutating func compare(_ one: ComparedMessage, _ other: ComparedMessage, isMoved: Bool, _ side: Side) {
        let locations = (location(of: one, in: a), location(of: other, in: b))
        if isMoved, options.compares(.order) {
            var found = FoundDifference(.reordered, side)
            found.subject = name(of: one, in: captureA)
            found.before = excerpt(of: one, in: captureA)
            found.locations = [locations]
            note(locations, found)
        }
        compareContent(one, other, locations, side)
        guard one.flags.isDisjoint(with: .isIncomplete), other.flags.isDisjoint(with: .isIncomplete) else { return }
        compareFrames(one, other, locations, side)
        compareCompression(one, other, locations, side)
    }

    private mutating func compareContent(
        _ one: ComparedMessage, _ other: ComparedMessage, _ locations: FoundDifference.Locations, _ side: Side
    ) {
        if one.opcode != other.opcode {
            var found = FoundDifference(.changed, side)
            found.subject = name(of: one, in: captureA)
            found.remark = "\(one.opcode.name) \(other.opcode.name)"
            found.parts = [ContentChange.Part(path: "opcode", before: "\(one.opcode.name)", after: "\(other.opcode.name)")]
            found.locations = [locations]
            note(locations, found)
        }
        let isUncertain = !one.flags.union(other.flags).isDisjoint(with: [.isIncomplete, .isCut])
        guard one.digest != other.digest else {
            if isUncertain { result.uncertainCount += 1 }
            return
        }
        // Nobody changed what the capture lacks.
        guard !isUncertain else { return result.uncertainCount += 1 }
        let isText = one.opcode != .binary && other.opcode != .binary
        if one.opcode == .close { return compareClose(one, other, locations, side) }
        let isWhole = one.flags.union(other.flags).isDisjoint(with: .isKeptInPart)
        var change = ContentChange(captureA.content(of: one), captureB.content(of: other), isText: isText)
        if !isWhole, change.isEmpty || change.isFormOnly {
            change = ContentChange([], [], isText: true)
            change.parts = [
                ContentChange.Part(path: "", before: "\(one.length) bytes", after: "\(other.length) bytes")
            ]
        }
        let kept = change.parts.filter { options.compares($0, isTolerant: isTolerant) }
        result.volatileCount += change.parts.count - kept.count
        if change.isFormOnly {
            guard !isTolerant else { return }
            var found = changed(one, side, locations)
            found.remark = "white space or order of members"
            return note(locations, found)
        }
        guard !kept.isEmpty || change.omittedCount > 0 else { return }
        // A number between runs may be one that varies anyway.
        if isTolerant, change.omittedCount == 0, kept.allSatisfy(\.isNumber) {
            for part in kept {
                var found = changed(one, side, locations)
                found.parts = [part]
                numbers["\(side == .client ? "client" : "server") \(found.subject) \(part.path)", default: VaryingNumbers()].add(
                    found, part)
            }
            return
        }
        var found = changed(one, side, locations)
        found.parts = kept
        found.omittedPartCount = change.omittedCount
        note(locations, found)
    }

    private func changed(
        _ one: ComparedMessage, _ side: Side, _ locations: FoundDifference.Locations
    ) -> FoundDifference {
        var found = FoundDifference(.changed, side)
        found.subject = name(of: one, in: captureA)
        found.locations = [locations]
        return found
    }

    private mutating func compareClose(
        _ one: ComparedMessage, _ other: ComparedMessage, _ locations: FoundDifference.Locations, _ side: Side
    ) {
        func words(_ message: ComparedMessage, _ capture: ComparedCapture) -> String {
            let body = CloseBody(capture.content(of: message).span)
            guard let code = body.code else { return "no code" }
            return body.reason.isEmpty ? "\(code.rawValue)" : "\(code.rawValue) \(body.reason)"
        }
        var found = changed(one, side, locations)
        found.parts = [ContentChange.Part(path: "close", before: words(one, captureA), after: words(other, captureB))]
        note(locations, found)
    }

    private mutating func compareFrames(
        _ one: ComparedMessage, _ other: ComparedMessage, _ locations: FoundDifference.Locations, _ side: Side
    ) {
        guard options.compares(.frames), !one.opcode.isControl else { return }
        // Lengths of frames follow from compression where either is compressed, and from the content where that differs.
        let isComparable = !one.isCompressed && !other.isCompressed && one.length == other.length
        guard one.frameCount != other.frameCount || (isComparable && one.frameLengths != other.frameLengths) else { return }
        var found = FoundDifference(.refragmented, side)
        func words(_ count: UInt32) -> String { count == 1 ? "1 frame" : "\(count) frames" }
        found.before = words(one.frameCount)
        found.after = one.frameCount == other.frameCount ? "\(words(other.frameCount)) of other lengths" : words(other.frameCount)
        found.locations = [locations]
        add(found)
    }

    private mutating func compareCompression(
        _ one: ComparedMessage, _ other: ComparedMessage, _ locations: FoundDifference.Locations, _ side: Side
    ) {
        guard options.compares(.compression) else { return }
        // Of other contents, or in another context, other sizes are no news between runs.
        let hasOtherSize =
            one.isCompressed && other.isCompressed && one.wireLength != other.wireLength && one.digest == other.digest && !areRuns
        guard one.isCompressed != other.isCompressed || hasOtherSize else { return }
        var found = FoundDifference(.recompressed, side)
        found.subject = hasOtherSize ? "to other sizes" : one.isCompressed ? "in A only" : "in B only"
        found.wireBytes = (one.wireLength, other.wireLength)
        found.locations = [locations]
        add(found)
    }

    // MARK: Without a counterpart

    private mutating func add(
        _ kind: FoundDifference.Kind, _ message: ComparedMessage, _ side: Side, isOfA: Bool, _ known: Set<UInt64>
    ) {
        let capture = isOfA ? captureA : captureB
        var found = FoundDifference(kind, side)
        found.subject = name(of: message, in: capture)
        let text = excerpt(of: message, in: capture)
        if isOfA { found.before = text } else { found.after = text }
        let location = location(of: message, in: isOfA ? a : b)
        found.locations = [isOfA ? (location, nil) : (nil, location)]
        found.likeness = MessageKeys.masked(capture.content(of: message), message, capture.operationDigest(of: message))
        if kind == .added, !message.opcode.isControl, known.contains(message.digest) { found.remark = "repeated" }
        if isOfA ? b.hasGaps || b.omittedCount > 0 : a.hasGaps || a.omittedCount > 0 {
            found.remark = "not-captured"
        }
        note(found.locations[0], found)
    }

    private mutating func note(_ locations: FoundDifference.Locations, _ found: FoundDifference) {
        add(found)
        func time(_ location: FoundDifference.Locations?) -> Int64 {
            location.map { $0.a?.elapsed ?? $0.b?.elapsed ?? .max } ?? .max
        }
        if time(locations) < time(result.firstDifference) { result.firstDifference = locations }
    }

    mutating func addNumbersThatMatter() {
        for (_, varying) in numbers.sorted(by: { $0.key < $1.key }) {
            guard varying.varies else {
                for change in varying.changes { note(change.locations[0], change) }
                continue
            }
            result.volatileCount += Int(clamping: varying.count)
            if let path = varying.changes.first?.parts.first?.path, !result.varying.contains(path), result.varying.count < 20 {
                result.varying.append(path)
            }
        }
    }

    // MARK: Words

    func location(of message: ComparedMessage, in connection: ComparedConnection) -> FoundDifference.Location {
        FoundDifference.Location(frame: message.frame, elapsed: message.time.nanoseconds(since: connection.connection.time))
    }

    func name(of message: ComparedMessage, in capture: ComparedCapture) -> String {
        capture.operation(of: message) ?? "\(message.opcode.name)"
    }

    func excerpt(of message: ComparedMessage, in capture: ComparedCapture) -> String {
        let content = capture.content(of: message)
        if message.opcode == .close {
            let body = CloseBody(content.span)
            return body.code.map { "\($0.rawValue) \(body.reason)" } ?? ""
        }
        if message.opcode == .binary {
            var text = ByteBuffer()
            for (index, byte) in content.prefix(16).enumerated() {
                if index > 0 { text.append(" ") }
                text.append(hex: UInt64(byte), digits: 2)
            }
            return "\(message.length) bytes: " + String(decoding: text.span.copied(), as: UTF8.self) + (content.count > 16 ? " …" : "")
        }
        return ContentChange.text(content[...])
    }
}
