import Packets
import Processes
import Testing

@Suite struct SocketTableTests {
    static let heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

    /// Tables have addresses in the machine's byte order.
    static func word(_ bits: UInt32) -> String {
        let digits = String(UInt32(bigEndian: bits), radix: 16, uppercase: true)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    static func line(_ local: String, _ remote: String, state: String, inode: Int) -> String {
        "   0: \(local) \(remote) \(state) 00000000:00000000 00:00000000 00000000  1000        0 \(inode) 1 0000000000000000 20 4 30 10 -1\n"
    }

    static let home = word(0x7F00_0001)

    @Test("IPv4 sockets are read with addresses, state and inode")
    func v4() throws {
        let table =
            Self.heading + Self.line("\(Self.home):1F90", "\(Self.word(0)):0000", state: "0A", inode: 12)
            + Self.line("\(Self.home):C350", "\(Self.home):1F90", state: "01", inode: 34)
        let entries = SocketTable.entries(Array(table.utf8))
        try #require(entries.count == 2)
        #expect(entries[0].isListening && entries[0].inode == 12 && "\(entries[0].local)" == "127.0.0.1:8080")
        #expect(!entries[1].isListening && entries[1].inode == 34 && "\(entries[1].remote)" == "127.0.0.1:8080")
        #expect(entries[1].local.port == 50_000)
    }

    @Test("an IPv4-mapped address becomes the IPv4 address, any other stays")
    func v6() throws {
        let mapped = Self.word(0) + Self.word(0) + Self.word(0xFFFF) + Self.home
        let other = Self.word(0x2001_0DB8) + Self.word(0) + Self.word(0) + Self.word(1)
        let entries = SocketTable.entries(Array(Self.line("\(mapped):0050", "\(other):01BB", state: "01", inode: 5).utf8))
        let entry = try #require(entries.first)
        #expect("\(entry.local)" == "127.0.0.1:80" && "\(entry.remote)" == "[2001:db8::1]:443")
    }

    @Test(
        "damaged lines are passed over",
        arguments: ["", "   0:", "   0: 7F:1 0:0 01 a b c d e 5", "  1: zz000000:0050 00000000:0000 01 a b c d e 5"])
    func garbage(line: String) { #expect(SocketTable.entries(Array(line.utf8)).isEmpty) }

    @Test("inodes stand in the names of links")
    func links() {
        #expect(SocketTable.inode(ofLink: "socket:[1234]") == 1234)
        for other in ["pipe:[1234]", "socket:[12", "/tmp/socket:[1]", "socket:[]"] { #expect(SocketTable.inode(ofLink: other) == nil) }
    }
}

@Suite struct SocketOwnershipTests {
    static let client = Endpoint(address: IPAddress(10, 0, 0, 1), port: 50_000)
    static let server = Endpoint(address: IPAddress(10, 0, 0, 2), port: 443)
    static let pair = SocketPair(source: client, destination: server)

    static func entry(_ local: Endpoint, _ remote: Endpoint, _ state: UInt8, _ inode: UInt64) -> SocketEntry {
        SocketEntry(local: local, remote: remote, state: state, inode: inode)
    }

    @Test("a connection is owned whose socket a process holds, seen from either end")
    func connections() {
        var ownership = SocketOwnership()
        ownership.learn([Self.entry(Self.client, Self.server, 2, 7)], owned: [8])
        #expect(!ownership.owns(Self.pair))
        ownership.learn([Self.entry(Self.client, Self.server, 2, 7)], owned: [7])
        #expect(ownership.owns(Self.pair) && ownership.owns(Self.pair.reversed))
        ownership.forget(Self.pair)
        #expect(!ownership.owns(Self.pair))
    }

    @Test("a socket that nobody holds is nobody's")
    func closed() {
        var ownership = SocketOwnership()
        ownership.learn([Self.entry(Self.client, Self.server, 6, 0)], owned: [0])
        #expect(!ownership.owns(Self.pair))
    }

    @Test("connections to where a process listens are owned", arguments: [IPAddress(10, 0, 0, 2), IPAddress(v4: 0), IPAddress(v6: 0, 0)])
    func listeners(address: IPAddress) {
        var ownership = SocketOwnership()
        let nobody = Endpoint(address: address, port: 0)
        ownership.learn([Self.entry(Endpoint(address: address, port: 443), nobody, 10, 7)], owned: [7])
        #expect(ownership.owns(Self.pair))
        #expect(!ownership.owns(SocketPair(source: Self.client, destination: Endpoint(address: Self.server.address, port: 444))))
        #expect(!ownership.owns(Self.pair.reversed))
    }
}
