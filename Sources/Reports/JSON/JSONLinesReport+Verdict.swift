import Bytes
import Inspection
import Verdicts
import WebSocket

extension JSONLinesReport {
    mutating func append(_ verdict: Verdict, digits: Int) {
        output.append(#","verdict":{"how":"#, string: verdict.manner.rawValue)
        if let side = verdict.by { output.append(#","by":"#, side.name) }
        if let code = verdict.code { output.append(#","code":"#, UInt64(code.rawValue)) }
        if let cause = verdict.cause { output.append(#","cause":"#, string: cause.rawValue) }
        output.append(#","text":"#, string: verdict.words(withContent: options.payload == .full))
        if let idle = verdict.idle {
            output.append(json: #","idle":"#)
            TimeText.appendSeconds(idle, to: &output)
        }
        if let side = verdict.silent { output.append(#","silent":"#, side.name) }
        if let timeout = verdict.timeout { output.append(#","timeout":"#, UInt64(clamping: timeout)) }
        if let echo = verdict.echo { append(echo) }
        if let event = verdict.browser {
            output.append(#","browser":{"code":"#, UInt64(event.code.rawValue))
            output.append(json: event.wasClean ? #","wasClean":true}"# : #","wasClean":false}"#)
        }
        if !verdict.facts.isEmpty { append(verdict.facts, digits: digits) }
        let evidence = verdict.evidence
        if !evidence.isEmpty {
            output.append(json: #","evidence":"#)
            output.append(jsonArray: evidence) { $0.append(decimal: $1) }
        }
        output.append(UInt8(ascii: "}"))
    }

    private mutating func append(_ echo: Verdict.Echo) {
        output.append(json: #","echo":{"#)
        if let code = echo.code {
            output.append(#""code":"#, UInt64(code.rawValue))
            output.append(UInt8(ascii: ","))
        }
        output.append(json: #""after":"#)
        TimeText.appendSeconds(echo.after, to: &output)
        output.append(UInt8(ascii: "}"))
    }

    private mutating func append(_ facts: [Verdict.Fact], digits: Int) {
        output.append(json: #","facts":["#)
        for (index, fact) in facts.enumerated() {
            output.append(index == 0 ? #"{"text":"# : #",{"text":"#, string: fact.words(withContent: options.payload == .full))
            output.append(json: #","time":""#)
            time.append(fact.time, digits: digits, to: &output)
            output.append(#"","packets":["#, fact.packet)
            output.append(json: "]}")
        }
        output.append(UInt8(ascii: "]"))
    }
}
