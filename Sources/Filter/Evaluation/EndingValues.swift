import Bytes
import Inspection
import Verdicts
import WebSocket

/// What is known of a connection once it has ended.
public struct Ending {
    var verdict: Verdict
    var client: Totals
    var server: Totals

    public init(_ verdict: Verdict, client: Totals, server: Totals) {
        self.verdict = verdict
        self.client = client
        self.server = server
    }
}

/// The values of fields about how a connection ended. Asked once per connection, so they may allocate.
enum EndingValues {
    static func values(of field: Field, _ ending: Ending, of connection: Connection) -> FieldValues {
        if field == .verdictText { return FieldValues(texts: [ending.verdict.text]) }
        return FieldValues(numbers: number(of: field, ending, of: connection).map { [$0] } ?? [])
    }

    private static func number(of field: Field, _ ending: Ending, of connection: Connection) -> Int128? {
        let verdict = ending.verdict
        return switch field {
        case .clientFrames: Int128(ending.client.frames)
        case .clientBytes: Int128(ending.client.bytes)
        case .serverFrames: Int128(ending.server.frames)
        case .serverBytes: Int128(ending.server.bytes)
        case .verdictHow: place(of: verdict.manner, in: Verdict.Manner.allCases)
        case .verdictBy: verdict.by.map { Int128($0.rawValue) }
        case .verdictCode: verdict.code.map { Int128($0.rawValue) }
        case .verdictCause: verdict.cause.flatMap { place(of: $0, in: Verdict.Cause.allCases) }
        case .verdictIdle: verdict.idle.map { Int128($0) }
        case .verdictSilent: verdict.silent.map { Int128($0.rawValue) }
        case .verdictTimeout: verdict.timeout.map { Int128($0) * TimeLiteral.nanosecondsPerSecond }
        case .echoCode: verdict.echo?.code.map { Int128($0.rawValue) }
        case .echoAfter: verdict.echo.map { Int128($0.after) }
        case .browserCode: verdict.browser.map { Int128($0.code.rawValue) }
        case .browserWasClean: verdict.browser.map { $0.wasClean ? 1 : 0 }
        case .duration: Int128(verdict.time.nanoseconds(since: connection.time))
        default: nil
        }
    }

    private static func place<Value: Equatable>(of value: Value, in all: [Value]) -> Int128? {
        all.firstIndex(of: value).map { Int128($0) }
    }
}
