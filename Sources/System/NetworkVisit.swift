import CProcess

/// A visit of this thread to another network namespace (network_namespaces(7)). Linux only.
///
/// Sockets that are opened until it ends belong to that namespace, and stay there.
package struct NetworkVisit {
    private let own: Descriptor

    /// - Parameter path: a file that stands for the namespace, such as `/proc/PID/ns/net`.
    package init(_ path: String) throws(SystemError) {
        let other = try Descriptor.reading(path)
        defer { other.close() }
        let own = try Descriptor.reading("/proc/thread-self/ns/net")
        guard wsray_enter_network(other.number) == 0 else {
            let error = SystemError.last
            own.close()
            throw error
        }
        self.own = own
    }

    package func end() {
        _ = wsray_enter_network(own.number)
        own.close()
    }
}
