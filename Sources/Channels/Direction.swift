import Bytes

/// One of the two byte streams of a channel: what the low end of the flow sends, or what the high end sends.
///
/// Which end is the client may be known late or never, so below WebSocket the order of addresses distinguishes directions.
public enum Direction: UInt8, Hashable, Sendable, CaseIterable {
    case fromLow
    case fromHigh

    @inlinable public var opposite: Direction { self == .fromLow ? .fromHigh : .fromLow }

    public typealias AllCases = Both<Direction>
    @inlinable public static var allCases: AllCases { Both(.fromLow, .fromHigh) }
}

/// A value for each direction, side by side.
public struct Pair<Value: ~Copyable>: ~Copyable {
    public var fromLow: Value
    public var fromHigh: Value

    @inlinable
    public init(fromLow: consuming Value, fromHigh: consuming Value) {
        self.fromLow = fromLow
        self.fromHigh = fromHigh
    }

    @inlinable
    public subscript(direction: Direction) -> Value {
        @inline(__always) _read {
            if direction == .fromLow { yield fromLow } else { yield fromHigh }
        }
        @inline(__always) _modify {
            if direction == .fromLow { yield &fromLow } else { yield &fromHigh }
        }
    }
}

extension Pair: Copyable where Value: Copyable {}
extension Pair: Sendable where Value: Sendable & ~Copyable {}
