#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What is waited for on a descriptor with poll(2), and whether it came.
package struct Awaited: Sendable {
    package enum Event: Sendable {
        case reading
        case writing
        /// Only that whoever reads what is written went away.
        case hangUp
    }

    package let descriptor: Descriptor
    package let event: Event
    /// The descriptor is ready, or something is wrong with it.
    package fileprivate(set) var isReady = false
    /// There is something to read.
    package fileprivate(set) var hasBytes = false
    /// Nobody is there any more, or there is no such descriptor.
    package fileprivate(set) var isGone = false
    /// The descriptor is none that is open.
    package fileprivate(set) var isInvalid = false

    package init(_ descriptor: Descriptor, for event: Event = .reading) {
        self.descriptor = descriptor
        self.event = event
    }

    fileprivate var item: pollfd {
        let events: Int32 =
            switch event {
            case .reading: Int32(POLLIN)
            case .writing: Int32(POLLOUT)
            case .hangUp: 0
            }
        return pollfd(fd: descriptor.number, events: Int16(events), revents: 0)
    }

    fileprivate mutating func note(_ events: Int16) {
        isReady = events != 0
        hasBytes = Int32(events) & Int32(POLLIN) != 0
        isGone = Int32(events) & (Int32(POLLERR) | Int32(POLLHUP)) != 0
        isInvalid = Int32(events) & Int32(POLLNVAL) != 0
    }
}

extension [Awaited] {
    /// Waits until something of it comes, or the time is up.
    /// - Parameter milliseconds: negative for ever.
    /// - Returns: false when a signal came instead.
    @discardableResult
    package mutating func wait(milliseconds: Int32) -> Bool {
        var items = map(\.item)
        let count = unsafe poll(&items, nfds_t(items.count), milliseconds)
        for index in indices { self[index].note(count < 0 ? 0 : items[index].revents) }
        return count >= 0 || errno != EINTR
    }
}

extension Descriptor {
    /// Waits for one thing on this one descriptor. Allowed in signal handlers.
    /// - Parameter milliseconds: negative for ever.
    /// - Returns: whether it came; nil when a signal came instead.
    @discardableResult
    package func wait(for event: Awaited.Event, milliseconds: Int32) -> Bool? {
        var item = Awaited(self, for: event).item
        let count = unsafe poll(&item, 1, milliseconds)
        return count < 0 ? nil : count > 0
    }
}
