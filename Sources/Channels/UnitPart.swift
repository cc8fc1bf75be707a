/// A part of a layer's units and where it stands, for whoever overwrites what is in them. Ranges are of the bytes that were taken.
public enum UnitPart: Sendable, Equatable {
    /// What units are made of and says nothing of their content: headers, settings, padding of zeros.
    case structure(Range<Int>)
    /// A field block of a stream; several ranges where frames divide it.
    case block(FieldBlock)
}

/// Where in a field block values stand that are written out, and which of those before it are referred to.
public struct FieldBlock: Sendable, Equatable {
    public struct Text: Sendable, Equatable {
        /// Counted from 1 in each direction; what refers to the entry that it makes names it.
        public var number: Int
        /// Nil where it was not captured.
        public var name: [UInt8]?
        public var value: [UInt8]
        /// The value is longer than what is kept of it.
        public var isCut: Bool
        /// The byte with the coding's bit and the length, or the first bits of it.
        public var prefix: Int
        public var prefixByte: UInt8
        /// The value's bytes as they are coded, in order.
        public var ranges: [Range<Int>]

        public init(
            number: Int, name: [UInt8]?, value: [UInt8], isCut: Bool = false, prefix: Int, prefixByte: UInt8, ranges: [Range<Int>]
        ) {
            self.number = number
            self.name = name
            self.value = value
            self.isCut = isCut
            self.prefix = prefix
            self.prefixByte = prefixByte
            self.ranges = ranges
        }
    }

    public var stream: UInt64
    public var ranges: [Range<Int>]
    public var texts: [Text] = []
    /// Numbers of texts whose entries it uses.
    public var references: Set<Int> = []

    public init(stream: UInt64, ranges: [Range<Int>]) {
        self.stream = stream
        self.ranges = ranges
    }

    /// The same, counted from another origin.
    public func moved(by distance: Int) -> FieldBlock {
        func moved(_ range: Range<Int>) -> Range<Int> { range.lowerBound + distance..<range.upperBound + distance }
        var other = self
        other.ranges = ranges.map(moved)
        for index in texts.indices {
            other.texts[index].prefix += distance
            other.texts[index].ranges = texts[index].ranges.map(moved)
        }
        return other
    }
}
