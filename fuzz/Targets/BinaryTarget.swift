import BinaryValues
import Bytes

extension FuzzTarget {
    /// Binary values as JSON: what is written is JSON, and no longer than was allowed.
    static let binary = FuzzTarget("binary") { input throws(Broken) in
        for format in BinaryFormat.allCases {
            for limit in [64 << 10, 40] {
                var output = ByteBuffer()
                let value = BinaryValue.append(format, input.span, to: &output, limit: limit)
                guard let value else {
                    try demand(output.isEmpty, "\(format): refused, and something is written")
                    continue
                }
                try demand((0...input.count).contains(value.end), "\(format): it ends outside of the bytes")
                // What is cut may end anywhere, and is not for showing as JSON.
                if !value.isCut { try Promise.json(output.span.copied(), "\(format) up to \(limit)") }
                // A number, or a sign, that begins before the limit is written whole.
                try demand(output.count <= limit + 40, "\(format): \(output.count) bytes where \(limit) were allowed")
            }
        }
        var stream = ZlibStream()
        var inflated = ByteBuffer()
        _ = stream.inflate(input.span, into: &inflated, limit: 100_000)
        try demand(inflated.count <= 100_000, "\(inflated.count) bytes were inflated")
        inflated.removeAll()
        _ = ZlibStream.inflate(whole: input.span, into: &inflated, limit: 100_000)
        try demand(inflated.count <= 100_000, "\(inflated.count) bytes were inflated")
    }
}
