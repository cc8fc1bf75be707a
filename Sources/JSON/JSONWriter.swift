import Bytes

/// Writes JSON piece by piece.
public enum JSONWriter {
    /// A text, between quotes; bytes that are not UTF-8 stay as they are.
    public static func append(text bytes: Span<UInt8>, to output: inout ByteBuffer) {
        output.append(UInt8(ascii: "\""))
        for index in 0..<bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""): output.append("\\\"")
            case UInt8(ascii: "\\"): output.append("\\\\")
            case 0x0A: output.append("\\n")
            case 0x0D: output.append("\\r")
            case 0x09: output.append("\\t")
            case 0..<0x20:
                output.append("\\u00")
                output.append(hex: UInt64(byte), digits: 2)
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
