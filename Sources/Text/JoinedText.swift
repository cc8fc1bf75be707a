extension String {
    /// Several texts as one, made in one go: interpolation asks for room with each part.
    @inlinable
    public init<let count: Int>(joining parts: [count of String]) {
        var byteCount = 0
        for index in parts.indices { byteCount += parts[index].utf8.count }
        // Invariant: the room takes the UTF-8 of all parts, which a Swift string has in one piece.
        unsafe self.init(unsafeUninitializedCapacity: byteCount) { room in
            var end = 0
            for index in parts.indices {
                _ = unsafe parts[index].utf8.withContiguousStorageIfAvailable { bytes in
                    end = unsafe room[end...].update(fromContentsOf: bytes)
                }
            }
            return end
        }
    }
}
