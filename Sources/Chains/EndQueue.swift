/// Links that last, in the order in which they end.
struct EndQueue {
    struct Element {
        var time: Int64
        var link: Int
        var lane: Int

        fileprivate func precedes(_ other: Element) -> Bool { (time, link) < (other.time, other.link) }
    }

    /// A binary heap.
    private var elements: [Element] = []

    mutating func add(_ element: Element) {
        elements.append(element)
        var place = elements.count - 1
        while place > 0, elements[place].precedes(elements[(place - 1) / 2]) {
            elements.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    /// Takes out the next that has ended by then.
    mutating func next(by time: Int64) -> Element? {
        guard let first = elements.first, first.time <= time else { return nil }
        let last = elements.removeLast()
        guard !elements.isEmpty else { return first }
        elements[0] = last
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < elements.count && elements[child].precedes(elements[least]) {
                least = child
            }
            guard least != place else { return first }
            elements.swapAt(place, least)
            place = least
        }
    }
}
