/// A length of silence after which servers, proxies and load balancers often hang up.
struct IdleTimeout: Equatable {
    var seconds: Int
    /// As people say it.
    var words: String
    /// Whose default it is, with the name of the setting, if that is well known.
    var users: String?

    /// Timers count from when their owner saw the last bytes, which the capture may show a round trip earlier. Some are checked only
    /// once a second, and nginx does not move a timer by less than 0.3 s.
    static let early: Int64 = 400_000_000
    static let late: Int64 = 1_500_000_000

    static let usual = [
        IdleTimeout(seconds: 30, words: "30 s"),
        IdleTimeout(
            seconds: 50, words: "50 s",
            users: "HAProxy as Debian and Ubuntu set it up: timeout client and timeout server, which timeout tunnel replaces"),
        IdleTimeout(seconds: 55, words: "55 s", users: "Heroku's router, which cannot be set"),
        IdleTimeout(seconds: 60, words: "60 s", users: "nginx: proxy_read_timeout; AWS ALB: idle_timeout.timeout_seconds"),
        IdleTimeout(seconds: 100, words: "100 s", users: "Cloudflare, where only the Enterprise plan can set it"),
        IdleTimeout(seconds: 120, words: "2 min"),
        IdleTimeout(seconds: 240, words: "4 min", users: "Azure Load Balancer: IdleTimeoutInMinutes"),
        IdleTimeout(seconds: 300, words: "5 min"),
        IdleTimeout(seconds: 350, words: "350 s", users: "AWS NLB: tcp.idle_timeout.seconds"),
        IdleTimeout(seconds: 600, words: "10 min", users: "Google Cloud's firewall, which cannot be set"),
        IdleTimeout(seconds: 3_600, words: "1 h"),
    ]

    /// Of any other round number of seconds a timer is suspected only where it is met closely.
    private static let closelyEarly: Int64 = 20_000_000
    private static let closelyLate: Int64 = 150_000_000

    /// The timeout that matches a silence of so many nanoseconds.
    static func matching(_ silence: Int64) -> IdleTimeout? {
        let known = usual.first { timeout in
            let exact = Int64(timeout.seconds) * 1_000_000_000
            return silence >= exact - early && silence <= exact + late
        }
        return known ?? round(silence)
    }

    /// A multiple of 5 seconds, from a minute on of 30.
    private static func round(_ silence: Int64) -> IdleTimeout? {
        let step: Int64 = silence < 59_000_000_000 ? 5_000_000_000 : 30_000_000_000
        let (count, isOver) = silence.addingReportingOverflow(closelyEarly)
        let exact = count / step * step
        guard !isOver, exact > 0, silence - exact <= closelyLate else { return nil }
        let seconds = Int(exact / 1_000_000_000)
        return IdleTimeout(
            seconds: seconds, words: seconds < 120 ? "\(seconds) s" : "\(seconds / 60) min\(seconds % 60 > 0 ? " 30 s" : "")", isRound: true
        )
    }

    /// Nobody's default that is known here, but a round number.
    var isRound = false
}
