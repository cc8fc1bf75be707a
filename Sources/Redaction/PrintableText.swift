import WebSocket

extension Span where Element == UInt8 {
    /// UTF-8 without controls other than tab and line ends.
    public var isPrintable: Bool {
        for index in indices where (self[index] < 0x20 && !self[index].isBlank) || self[index] == 0x7F { return false }
        return UTF8Validator.isValid(self)
    }
}
