import Packets
import TestSupport
import Testing

@Suite struct TCPOptionsTests {
    private func options(_ list: String, cutTo count: Int? = nil) throws -> TCPOptions {
        let packet = PacketBuilder.tcp(flags: .syn, options: hex(list), payload: [0xff])
        let captured = Array(packet[..<(count ?? packet.count)])
        let segment = try #require(decode(captured, originalLength: packet.count).segment)
        return TCPOptions(of: segment, in: captured.span)
    }

    @Test("the options of a Linux SYN are read")
    func syn() throws {
        let read = try options("020405b4 0402 080a 00000102 00000003 01 030307")
        #expect(read.maximumSegmentSize == 1460)
        #expect(read.permitsSelectiveAcknowledgment)
        #expect(read.timestamps?.value == 258)
        #expect(read.timestamps?.echo == 3)
        #expect(read.windowScale == 7)
    }

    @Test("the list ends at kind 0, unknown kinds are stepped over")
    func end() throws {
        #expect(try options("fd 04 0000 030309 00 020405b4").windowScale == 9)
        #expect(try options("fd 04 0000 030309 00 020405b4").maximumSegmentSize == nil)
    }

    @Test("a wrong length is passed over, one that cannot be a length ends the list")
    func lengths() throws {
        #expect(try options("0204 05b4 030407ff 030308").windowScale == 8)
        #expect(try options("0300 030308").windowScale == nil)
        #expect(try options("0301 030308").windowScale == nil)
        #expect(try options("01010102").maximumSegmentSize == nil)
        #expect(try options("03ff 0303").windowScale == nil)
    }

    @Test("options that the capture cut are read as far as they go")
    func cut() throws {
        let list = "020405b4 030307 00"
        let whole = try options(list)
        #expect(whole.windowScale == 7)
        #expect(try options(list, cutTo: 60).windowScale == nil)
        #expect(try options(list, cutTo: 60).maximumSegmentSize == 1460)
        #expect(try options(list, cutTo: 54) == options(""))
    }
}
