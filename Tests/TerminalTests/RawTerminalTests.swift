import System
import Testing

@testable import Terminal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite("A terminal that is taken and given back", .serialized)
struct RawTerminalTests {
    /// A terminal of one's own: the side of the terminal program, and the side of the program in it.
    private func pair() throws -> (master: Int32, slave: Int32) {
        var (master, slave): (Int32, Int32) = (-1, -1)
        try #require(unsafe openpty(&master, &slave, nil, nil, nil) == 0)
        return (master, slave)
    }

    private func isCooked(_ descriptor: Int32) -> Bool {
        var mode = termios()
        _ = unsafe tcgetattr(descriptor, &mode)
        return mode.c_lflag & tcflag_t(ICANON) != 0 && mode.c_lflag & tcflag_t(ECHO) != 0
    }

    private func said(_ master: Int32) -> String {
        var bytes: [UInt8] = []
        var item = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&item, 1, 50) > 0 {
            var room = [UInt8](repeating: 0, count: 4_096)
            let count = unsafe read(master, &room, room.count)
            if count <= 0 { break }
            bytes += room[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("raw while it is ours, as it was before afterwards; whatever was switched on is switched off")
    func restored() throws {
        let (master, slave) = try pair()
        defer {
            close(master)
            close(slave)
        }
        #expect(isCooked(slave))
        do {
            var terminal = try RawTerminal(descriptor: Descriptor(slave))
            #expect(!isCooked(slave))
            terminal.restore()
            #expect(isCooked(slave))
            try terminal.enter()
            #expect(!isCooked(slave))
        }
        #expect(isCooked(slave))
        let text = said(master)
        for mode in ["1049", "1000", "1002", "1006", "2004"] {
            let switches = text.split(separator: "\u{1B}").filter { $0 == "[?\(mode)h" || $0 == "[?\(mode)l" }
            #expect(switches.map(\.last) == ["h", "l", "h", "l"], "mode \(mode)")
        }
        #expect(text.contains("\u{1B}[?25h"))
    }

    @Test("the size is the terminal's, and 80 by 24 where it does not know")
    func size() throws {
        let (master, slave) = try pair()
        defer {
            close(master)
            close(slave)
        }
        var window = winsize(ws_row: 60, ws_col: 200, ws_xpixel: 0, ws_ypixel: 0)
        _ = unsafe ioctl(master, UInt(TIOCSWINSZ), &window)
        do {
            let terminal = try RawTerminal(descriptor: Descriptor(slave))
            #expect(terminal.size == Size(columns: 200, rows: 60))
        }
        window = winsize()
        _ = unsafe ioctl(master, UInt(TIOCSWINSZ), &window)
        let terminal = try RawTerminal(descriptor: Descriptor(slave))
        #expect(terminal.size == Size(columns: 80, rows: 24))
    }

    @Test("a loop that waits is woken by the terminal, by a signal, by time")
    func wakeUp() throws {
        let (master, slave) = try pair()
        defer {
            close(master)
            close(slave)
        }
        let wake = try WakePipe()
        let terminal = try RawTerminal(descriptor: Descriptor(slave))
        #expect(TerminalSignals.wait(forInputOf: Descriptor(slave), or: wake, milliseconds: 0) == [])
        for _ in 0..<100_000 { wake.ring() }
        #expect(TerminalSignals.wait(forInputOf: Descriptor(slave), or: wake, milliseconds: 1_000) == .signal)
        #expect(TerminalSignals.wait(forInputOf: Descriptor(slave), or: wake, milliseconds: 0) == [])
        _ = unsafe write(master, "j", 1)
        #expect(TerminalSignals.wait(forInputOf: Descriptor(slave), or: wake, milliseconds: 1_000) == .input)
        wake.ring()
        #expect(TerminalSignals.wait(forInputOf: Descriptor(slave), or: wake, milliseconds: 1_000) == [.input, .signal])
        var keys = KeyDecoder()
        let isThere = terminal.read(into: &keys)
        let event = keys.next()
        #expect(isThere && event == .key(.character("j")))
    }
}
