/// What is read as standard input: what the caller gave, or what was put in its place.
package enum StandardInput {
    private static let replacement = Mutex<String?>(nil)

    /// What messages call it.
    package static var name: String { replacement.withLock { $0 } ?? "standard input" }

    package static var isReplaced: Bool { replacement.withLock { $0 } != nil }

    /// Has what comes from a descriptor read in its place, which is closed; false where the system refuses that.
    package static func replace(by descriptor: Descriptor, named name: String) -> Bool {
        defer { descriptor.close() }
        guard Descriptor.standardInput.become(descriptor) else { return false }
        replacement.withLock { $0 = name }
        return true
    }
}
