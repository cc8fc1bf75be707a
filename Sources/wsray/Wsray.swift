import ArgumentParser

@main
struct Wsray: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "wsray",
        abstract: "See what WebSockets really do on the wire.",
        discussion: """
            Reads a capture (pcap or pcapng, gzip or not), puts the TCP streams together, finds the WebSocket connections and \
            shows every frame: who sent it and when, what it carries, and what is wrong with it.

            EXAMPLES:
              sudo wsray -i eth0                       live
              wsray capture.pcapng                     annotated timeline
              wsray capture.pcapng --connection 3      of one connection
              wsray view capture.pcapng                look through it in the terminal
              wsray dump capture.pcapng | jq .         JSON Lines, one line per frame
              wsray check capture.pcapng               findings; status 1 on a violation
              wsray stats capture.pcapng               bytes, round trips, polling
              ssh host tcpdump -U -w - port 80 | wsray -

            EXIT STATUS: 0 done, 1 check found something, 2 the input could not be read to its end, 64 usage, \
            66 no such file, 77 no permission.
            """,
        version: version,
        subcommands: [
            Timeline.self, View.self, Dump.self, Cut.self, Extract.self, Check.self, Stats.self, Interfaces.self, Explain.self, Fields.self,
            Schema.self,
        ],
        defaultSubcommand: Timeline.self)
}
