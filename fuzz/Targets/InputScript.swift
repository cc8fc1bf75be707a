import TestSupport

/// Reads an input as choices: each number takes bytes from the front, and what is not there is zero.
struct InputScript {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }
    var rest: [UInt8] { Array(bytes[min(position, bytes.count)...]) }

    mutating func byte() -> UInt8 {
        defer { position += 1 }
        return isAtEnd ? 0 : bytes[position]
    }

    mutating func number16() -> Int { Int(byte()) << 8 | Int(byte()) }

    /// Up to `count` bytes, as many as there are.
    mutating func take(_ count: Int) -> [UInt8] {
        let start = min(position, bytes.count)
        position = min(bytes.count, start + count)
        return Array(bytes[start..<position])
    }

    /// The rest as writes of two sides: a bit says whose, fifteen bits how long.
    mutating func writes() -> [(isServer: Bool, bytes: [UInt8])] {
        var writes: [(isServer: Bool, bytes: [UInt8])] = []
        while !isAtEnd {
            let number = number16()
            writes.append((number & 0x8000 != 0, take(number & 0x7FFF)))
        }
        return writes
    }
}

extension [UInt8] {
    /// The same bytes in pieces: of one byte each where there are few, and otherwise of lengths that the bytes themselves decide.
    var pieces: [[UInt8]] {
        if count <= 300 { return map { [$0] } }
        var random = SeededRandom(reduce(UInt64(count)) { $0 &* 31 &+ UInt64($1) })
        var pieces: [[UInt8]] = []
        var start = 0
        while start < count {
            let end = Swift.min(count, start + Int.random(in: 1...200, using: &random))
            pieces.append(Array(self[start..<end]))
            start = end
        }
        return pieces
    }

    func contains(_ other: String) -> Bool {
        let other = Array(other.utf8)
        guard count >= other.count else { return false }
        return indices.dropLast(other.count - 1).contains { self[$0] == other[0] && self[$0..<$0 + other.count].elementsEqual(other) }
    }
}
