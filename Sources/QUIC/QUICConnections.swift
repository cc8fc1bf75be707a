import Bytes
import Channels

/// Finds the connection of a datagram by connection IDs, and where they say nothing by its endpoints.
///
/// A connection begins with an Initial packet of a client that opens: nothing else looks like one. From then on it is its IDs, which stay
/// when ports and addresses change.
@safe
public final class QUICConnections: DatagramSorter {
    private let settings: QUICSettings
    private let table = ConnectionIDTable()
    private var connections: [UInt64: QUICConnection] = [:]
    // Invariant: one thread reaches it, and nothing that is called while it changes does. Its connections are among `connections`.
    @safe @exclusivity(unchecked) private var paths = PathTable()
    // Invariant: one thread reaches it. It is among `connections`.
    @safe @exclusivity(unchecked) private var last: Unmanaged<QUICConnection>?
    private let room = PacketRoom()
    /// The pairs of endpoints of each connection, for when it is forgotten.
    private var pathsOf: [UInt64: [UInt64]] = [:]
    private var nextNumber: UInt64 = 0
    /// No connection with a lower number is left.
    private var oldest: UInt64 = 0

    /// Shorter IDs are common to several connections, so that they do not show that one has moved.
    private static let leastByteCount = 4
    private static let pathLimit = 64

    init(_ settings: QUICSettings) { self.settings = settings }

    public func sort(_ datagram: Span<UInt8>, onPath path: UInt64, from direction: Direction) -> DatagramOwner? {
        guard !datagram.isEmpty else { return nil }
        if LongHeader.isLong(datagram[0]) { return sortLong(datagram, onPath: path, from: direction) }
        // Whoever is addressed is the other end.
        if let known = paths[path] {
            let inside = known.inside(direction)
            let found: DatagramOwner? = unsafe known.connection._withUnsafeGuaranteedRef { connection in
                connection.isAddressed(inside.opposite, by: datagram) ? owner(connection, inside) : nil
            }
            if let found { return found }
        }
        return sortUnaddressed(datagram, onPath: path, from: direction)
    }

    /// The connection of a datagram that does not address an end which its endpoints spoke to last.
    private func sortUnaddressed(_ datagram: Span<UInt8>, onPath path: UInt64, from direction: Direction) -> DatagramOwner? {
        for byteCount in table.lengths where datagram.count > byteCount {
            guard let id = ConnectionID(datagram.extracting(1..<1 + byteCount)) else { continue }
            if let owner = find(id, onPath: path, from: direction) { return owner }
        }
        // IDs that were not seen: that of a connection whose packets cannot be opened, or were not captured.
        return paths[path].map { owner($0.retained, $0.inside(direction)) }
    }

    public var found: (any DatagramLayer)? { unsafe last?.takeUnretainedValue() }

    public func take(
        _ datagram: Span<UInt8>, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput
    ) -> DatagramState {
        guard let last else { return DatagramState(byteCount: 0, hasEnded: false) }
        // Invariant: nothing that a connection does has it forgotten.
        return unsafe last._withUnsafeGuaranteedRef { connection in
            connection.take(datagram, from: direction, at: mark, into: &output)
            return DatagramState(byteCount: connection.bareByteCount + connection.waitingByteCount, hasEnded: connection.hasEnded)
        }
    }

    public func note(_ row: DatagramRow) { unsafe last?._withUnsafeGuaranteedRef { $0.row = row } }

    public func forget(_ connection: UInt64) {
        guard let known = connections.removeValue(forKey: connection) else { return }
        for sender in [known.fromLow, known.fromHigh] {
            for id in sender.ids { table.remove(id, of: connection) }
        }
        for path in pathsOf.removeValue(forKey: connection) ?? [] where paths[path]?.retained === known { paths.remove(path) }
        if found === known { last = nil }
    }

    // For tests of what is kept.
    var connectionCount: Int { connections.count }
    var pathCount: Int { paths.count }
    var isEmpty: Bool { connections.isEmpty && paths.count == 0 && pathsOf.isEmpty && table.isEmpty }

    @inline(__always)
    private func owner(_ connection: QUICConnection, _ direction: Direction) -> DatagramOwner {
        last = unsafe .passUnretained(connection)
        return DatagramOwner(connection: connection.number, direction: direction, row: connection.row)
    }

    // MARK: Long headers

    private func sortLong(_ datagram: Span<UInt8>, onPath path: UInt64, from direction: Direction) -> DatagramOwner? {
        guard let header = LongHeader(datagram) else { return nil }
        if !header.destination.isEmpty, let owner = find(header.destination, onPath: path, from: direction) { return owner }
        if let known = paths[path] {
            let inside = known.inside(direction)
            let connection = known.retained
            // An end with an ID of no length, or whose packets name the ID that it is known by.
            let receiver = connection.sender(inside.opposite)
            let isKnown =
                receiver.ids.contains(header.destination)
                || !header.source.isEmpty && connection.sender(inside).ids.contains(header.source)
            if header.kind != .initial || inside != connection.client, isKnown { return owner(connection, inside) }
        }
        return header.kind == .initial ? begin(header, datagram, onPath: path, from: direction) : nil
    }

    private func find(_ id: ConnectionID, onPath path: UInt64, from direction: Direction) -> DatagramOwner? {
        let known = paths[path]?.retained.number
        let entry =
            table.find(id) { $0.connection == known }
            ?? table.find(id) { pathsOf[$0.connection]?.contains(path) ?? false }
            ?? (id.byteCount >= Self.leastByteCount ? table.find(id) { _ in true } : nil)
        guard let entry, let connection = connections[entry.connection] else { return nil }
        let inside = entry.owner.opposite
        bind(path, to: connection, isSwapped: inside != direction)
        return owner(connection, inside)
    }

    private func bind(_ path: UInt64, to connection: QUICConnection, isSwapped: Bool) {
        if let known = paths[path], known.retained === connection, known.isSwapped == isSwapped { return }
        var all = pathsOf[connection.number] ?? []
        if !all.contains(path) {
            if all.count >= Self.pathLimit {
                let old = all.removeFirst()
                if paths[old]?.retained === connection { paths.remove(old) }
            }
            all.append(path)
            pathsOf[connection.number] = all
        }
        paths.insert(PathTable.Entry(path, connection, isSwapped: isSwapped))
    }

    // MARK: Beginning

    /// Begins a connection if the datagram begins with a packet of a client that opens, or goes back to one that begins anew.
    private func begin(_ header: LongHeader, _ datagram: Span<UInt8>, onPath path: UInt64, from direction: Direction) -> DatagramOwner? {
        guard let version = header.version, let initial = protection(opening: header, version, datagram) else { return nil }
        if let known = paths[path] {
            let inside = known.inside(direction)
            let connection = known.retained
            if inside == connection.client, connection.mayBegin(with: header.source, hasToken: header.hasToken) {
                connection.restart(version, destination: header.destination)
                return owner(connection, inside)
            }
        }
        while connections.count >= settings.limits.connectionCount, oldest < nextNumber {
            forget(oldest)
            oldest += 1
        }
        let connection = QUICConnection(
            nextNumber, client: direction, version, destination: header.destination, initial, settings, table, room)
        connections[nextNumber] = connection
        nextNumber += 1
        bind(path, to: connection, isSwapped: false)
        return owner(connection, direction)
    }

    /// What protects a first packet of a client; nil if it is none.
    private func protection(opening header: LongHeader, _ version: QUICVersion, _ datagram: Span<UInt8>) -> InitialProtection? {
        guard header.end - header.numberOffset >= 4 + HeaderProtection.sampleByteCount,
            var protection = InitialProtection(version, destination: header.destination)
        else { return nil }
        var scratch = ByteBuffer()
        var plain = ByteBuffer()
        // A client that repeats its first packet has used low numbers only.
        let head = protection.client.open(
            datagram.extracting(0..<header.end), numberOffset: header.numberOffset, expecting: 0, &scratch, into: &plain)
        guard head != nil else { return nil }
        return protection
    }
}
