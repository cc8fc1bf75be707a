extension CatalogueEntry {
    static func expectation(_ rule: Rule) -> CatalogueEntry? {
        switch rule {
        case .peerSilent:
            CatalogueEntry(
                severity: .warning, section: nil, label: "peer gone silent",
                sentence: "A side no longer answered what the other sent again and again.",
                advice:
                    "Its machine went away, or a firewall or NAT on the way forgot the connection. Pings show it sooner, and keep it from being forgotten."
            )
        case .forbidden:
            CatalogueEntry(
                severity: .violation, section: nil, label: "forbidden",
                sentence: "A connection matches what wsray check --forbid excludes.",
                advice: "wsray FILE --connection N shows how it came to that.")
        case .required:
            CatalogueEntry(
                severity: .violation, section: nil, label: "not as required",
                sentence: "A connection does not match what wsray check --require demands.",
                advice: "wsray FILE --connection N shows how it came to that.")
        case .latencyTooLong:
            CatalogueEntry(
                severity: .violation, section: nil, label: "answers too late",
                sentence: "Requests were answered later than wsray check --max-latency allows.",
                advice: "wsray stats has the latencies by name; --where 'op.latency > 1s' shows the answers.")
        case .requestUnanswered:
            CatalogueEntry(
                severity: .violation, section: nil, label: "request unanswered",
                sentence: "A request had no answer when its connection ended, and wsray check --no-unanswered wants one.",
                advice: "wsray FILE --connection N shows what came after it; op.unanswered selects such requests.")
        default: nil
        }
    }
}
