/// A length of silence after which servers, proxies and load balancers often hang up.
struct IdleTimeout: Equatable {
    var seconds: Int
    /// As people say it.
    var words: String
    /// Whose default it is, if that is well known.
    var users: String?

    /// Timers count from when their owner saw the last bytes, which the capture may show a round trip earlier. Some are checked only
    /// once a second, and nginx does not move a timer by less than 0.3 s.
    static let early: Int64 = 400_000_000
    static let late: Int64 = 1_500_000_000

    static let usual = [
        IdleTimeout(seconds: 30, words: "30 s"),
        IdleTimeout(seconds: 55, words: "55 s", users: "Heroku"),
        IdleTimeout(seconds: 60, words: "60 s", users: "nginx, AWS ALB"),
        IdleTimeout(seconds: 100, words: "100 s", users: "Cloudflare"),
        IdleTimeout(seconds: 120, words: "2 min"),
        IdleTimeout(seconds: 300, words: "5 min"),
        IdleTimeout(seconds: 600, words: "10 min"),
        IdleTimeout(seconds: 3_600, words: "1 h"),
    ]

    /// The timeout that matches a silence of so many nanoseconds.
    static func matching(_ silence: Int64) -> IdleTimeout? {
        usual.first { timeout in
            let exact = Int64(timeout.seconds) * 1_000_000_000
            return silence >= exact - early && silence <= exact + late
        }
    }
}
