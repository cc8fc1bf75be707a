/// An array that grows without ever moving what it holds, so that no append makes a key wait.
struct Chunked<Element: Sendable>: Sendable {
    private static var chunkCount: Int { 1 << 14 }
    private var chunks: [ContiguousArray<Element>] = []
    private(set) var count = 0

    subscript(index: Int) -> Element { chunks[index >> 14][index & (1 << 14 - 1)] }

    mutating func append(contentsOf elements: ContiguousArray<Element>) {
        var at = 0
        while at < elements.count {
            if count == chunks.count << 14 {
                var chunk = ContiguousArray<Element>()
                chunk.reserveCapacity(Self.chunkCount)
                chunks.append(chunk)
            }
            let end = min(elements.count, at + (chunks.count << 14) - count)
            chunks[chunks.count - 1].append(contentsOf: elements[at..<end])
            count += end - at
            at = end
        }
    }
}
