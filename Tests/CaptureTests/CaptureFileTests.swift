import Bytes
import Capture
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct CaptureFileTests {
    typealias Folder = TemporaryFolder

    static let interface = CaptureInterface(linkType: .ethernet, snapLength: 262_144, resolution: .nanoseconds, name: "eth0")

    static func add(_ packets: Range<Int>, to file: inout CaptureFile, length: Int = 100) {
        for number in packets {
            let header = PacketHeader(
                number: UInt64(number), time: Timestamp(nanoseconds: Int64(number) * 1_000_000_000), fractionDigits: 9, linkType: .ethernet,
                originalLength: length)
            file.append(header, [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: length).span)
        }
    }

    @Test("what was written is in the file once it was flushed, and the file is for its owner only")
    func writing() throws {
        let folder = Folder()
        var file = try CaptureFile(CaptureFile.Options(path: "\(folder.path)/a.pcapng"), interfaces: [Self.interface])
        Self.add(1..<4, to: &file)
        file.flush()
        #expect(folder.reading("a.pcapng").packets.map(\.nanoseconds) == [1_000_000_000, 2_000_000_000, 3_000_000_000])
        Self.add(4..<5, to: &file)
        file.close()
        let reading = folder.reading("a.pcapng")
        #expect(reading.error == nil)
        #expect(reading.packets.count == 4)
        #expect(reading.facts.interfaces.map(\.name) == ["eth0"])
        var status = stat()
        let hasStatus = unsafe stat("\(folder.path)/a.pcapng", &status) == 0
        #expect(hasStatus)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test("files of a row are numbered, hold no more than their size, and only the newest are kept")
    func rotatingBySize() throws {
        let folder = Folder()
        var options = CaptureFile.Options(path: "\(folder.path)/day.pcapng")
        options.keptFileCount = 2
        options.rotationByteCount = 1_200
        var file = try CaptureFile(options, interfaces: [Self.interface])
        // Beside 100 to 200 bytes of description and 176 for statistics, six packets of 132 bytes have room.
        Self.add(1..<21, to: &file)
        file.close()
        #expect(folder.names == ["day.00003.pcapng", "day.00004.pcapng"])
        let readings = folder.names.map(folder.reading)
        #expect(readings.allSatisfy { $0.error == nil && $0.packets.count <= 6 })
        #expect(readings.last?.packets.last?.nanoseconds == 20_000_000_000)
    }

    @Test("what was lost is counted within the size of a file, however often it is counted", arguments: [1, 2, 3, 7])
    func rotatingWithStatistics(packetCount: Int) throws {
        let folder = Folder()
        var options = CaptureFile.Options(path: "\(folder.path)/day.pcapng")
        options.rotationByteCount = 1_000
        var file = try CaptureFile(options, interfaces: [Self.interface])
        for round in 0..<40 {
            let first = 1 + round * packetCount
            Self.add(first..<first + packetCount, to: &file)
            var statistics = InterfaceStatistics(interface: 0, time: Timestamp(nanoseconds: Int64(first) * 1_000_000_000))
            (statistics.received, statistics.delivered, statistics.start) = (1_000, 900, Timestamp(nanoseconds: 0))
            (statistics.droppedBySystem, statistics.droppedByInterface) = (UInt64(round), 0)
            file.append(statistics)
            file.append(statistics)
        }
        file.close()
        let sizes = folder.names.map(folder.byteCount)
        #expect(sizes.count > 4)
        #expect(sizes.allSatisfy { $0 <= 1_000 && $0 > 500 })
        #expect(folder.names.map { folder.reading($0).packets.count }.reduce(0, +) == 40 * packetCount)
    }

    @Test("a file of another capture is not written over by one with a number")
    func othersFiles() throws {
        let folder = Folder()
        var options = CaptureFile.Options(path: "\(folder.path)/day")
        options.rotationNanoseconds = 2_000_000_000
        for _ in 0..<2 {
            var file = try CaptureFile(options, interfaces: [Self.interface])
            Self.add(1..<4, to: &file)
            file.close()
        }
        #expect(folder.names == ["day.00001", "day.00002", "day.00003", "day.00004"])
        #expect(folder.names.map { folder.reading($0).packets.count } == [2, 1, 2, 1])
    }

    @Test("each file of a row counts what was lost while it was written")
    func lossesOfARow() throws {
        let folder = Folder()
        var file = try CaptureFile(CaptureFile.Options(path: "\(folder.path)/a.pcapng"), interfaces: [Self.interface])
        func count(_ dropped: UInt64, at nanoseconds: Int64) -> InterfaceStatistics {
            var statistics = InterfaceStatistics(interface: 0, time: Timestamp(nanoseconds: nanoseconds))
            statistics.droppedBySystem = dropped
            return statistics
        }
        file.append(count(0, at: 10))
        file.append(count(5, at: 20))
        #expect(file.rotate() == nil)
        file.append(count(5, at: 30))
        file.append(count(7, at: 40))
        file.close()
        #expect(folder.names == ["a.00002.pcapng", "a.pcapng"])
        #expect(folder.reading("a.pcapng").losses.reduce(0) { $0 + $1.count } == 5)
        #expect(folder.reading("a.00002.pcapng").losses.reduce(0) { $0 + $1.count } == 2)
        #expect(folder.reading("a.00002.pcapng").losses.last?.to == Timestamp(nanoseconds: 40))
    }

    @Test("packets that wait for a decision come in their order, and too many of them give way to newer ones")
    func pending() throws {
        let folder = Folder()
        var file = try CaptureFile(CaptureFile.Options(path: "\(folder.path)/a.pcapng"), interfaces: [Self.interface])
        var pending = PendingPackets(flowByteCount: 1_000, totalByteCount: 100_000)
        func keep(_ number: Int, of flow: UInt64) {
            let header = PacketHeader(
                number: 1, time: Timestamp(nanoseconds: Int64(number)), fractionDigits: 9, linkType: .ethernet, originalLength: 50)
            pending.keep(header, [UInt8](repeating: 0, count: 50).span, of: flow)
        }
        for number in 1...4 { keep(number, of: UInt64(number % 2)) }
        pending.release(1, of: [Self.interface], to: &file)
        pending.release(1, of: [Self.interface], to: &file)
        pending.forget(0)
        let isEmpty = pending.isEmpty
        #expect(isEmpty)
        for number in 101...200 { keep(number, of: 7) }
        pending.release(7, of: [Self.interface], to: &file)
        // Thousands of connections: those that were idle go.
        for number in 1...2_000 { keep(number, of: UInt64(number + 100)) }
        let lost = pending.lostFlowCount
        #expect(lost > 0 && lost < 2_000)
        pending.release(101, of: [Self.interface], to: &file)
        pending.release(2_100, of: [Self.interface], to: &file)
        file.close()
        let times = folder.reading("a.pcapng").packets.map(\.nanoseconds)
        #expect(Array(times.prefix(2)) == [1, 3])
        #expect(times.dropLast().last == 200)
        #expect(times.dropFirst(2).dropLast().count < 20)
        #expect(times.last == 2_000)
        #expect(Array(times.dropFirst(2).dropLast()) == Array((200 - Int64(times.count) + 4)...200))
    }
}

extension TemporaryFolder {
    func reading(_ name: String) -> Reading {
        guard let source = try? ByteSource(path: "\(path)/\(name)") else { return Reading([]) }
        return Reading(source, name: name)
    }
}
