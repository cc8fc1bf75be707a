/// Two values as a collection. No array, whose references would be counted in each loop.
@frozen
public struct Both<Element: Sendable>: RandomAccessCollection, Sendable {
    @usableFromInline let first: Element
    @usableFromInline let second: Element

    @inlinable @inline(__always)
    public init(_ first: Element, _ second: Element) {
        self.first = first
        self.second = second
    }

    @inlinable public var startIndex: Int { @inline(__always) get { 0 } }
    @inlinable public var endIndex: Int { @inline(__always) get { 2 } }
    @inlinable public subscript(index: Int) -> Element { @inline(__always) get { index == 0 ? first : second } }
}
