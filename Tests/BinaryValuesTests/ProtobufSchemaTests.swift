import BinaryValues
import Bytes
import Testing

/// A field of bytes, and one of a number (protobuf.dev, "Encoding").
private func bytes(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    let (low, high) = (UInt8(content.count & 0x7F), UInt8(content.count >> 7))
    return [number << 3 | 2] + (high > 0 ? [low | 0x80, high] : [low]) + content
}
private func varint(_ number: UInt8, _ value: UInt8) -> [UInt8] { [number << 3, value] }
private func text(_ number: UInt8, _ text: String) -> [UInt8] { bytes(number, Array(text.utf8)) }

/// Descriptors as `google/protobuf/descriptor.proto` has them.
private enum Descriptor {
    static func field(_ name: String, _ number: UInt8, label: UInt8 = 1, type: UInt8, _ typeName: String = "") -> [UInt8] {
        bytes(2, text(1, name) + varint(3, number) + varint(4, label) + varint(5, type) + (typeName.isEmpty ? [] : text(6, typeName)))
    }

    static func message(_ name: String, in place: UInt8 = 4, _ parts: [UInt8]...) -> [UInt8] {
        bytes(place, text(1, name) + parts.joined())
    }

    static func set(_ package: String, _ messages: [UInt8]...) -> [UInt8] { bytes(1, text(2, package) + messages.joined()) }
}

@Suite struct ProtobufSchemaTests {
    private static let set = Descriptor.set(
        "p",
        Descriptor.message(
            "Old", Descriptor.field("in", 1, type: 11, ".p.In"), Descriptor.field("grp", 2, type: 10, ".p.Old.Grp"),
            Descriptor.field("grps", 4, label: 3, type: 10, ".p.Old.Grp"),
            Descriptor.message("Grp", in: 3, Descriptor.field("x", 3, type: 9), Descriptor.field("own", 5, type: 10, ".p.Old.Grp"))),
        Descriptor.message(
            "In", Descriptor.field("a", 1, type: 5), Descriptor.field("b", 2, label: 3, type: 5),
            Descriptor.field("c", 3, type: 11, ".p.In")))

    private func json(_ message: [UInt8]) throws -> String? {
        let schema = try ProtobufSchema(Self.set.span)
        var output = ByteBuffer()
        guard schema.append(message.span, as: try #require(schema.message(named: "p.Old")), to: &output) != nil else { return nil }
        return String(decoding: output.span.copied(), as: UTF8.self)
    }

    // protobuf.dev, "Last One Wins": messages are merged, of numbers the last counts.
    @Test("a message that comes in several parts is merged from them")
    func merged() throws {
        let first = varint(1, 1) + varint(2, 7) + bytes(3, varint(1, 5))
        let second = varint(1, 2) + varint(2, 8) + bytes(3, varint(2, 6))
        #expect(try json(bytes(1, first) + bytes(1, second)) == #"{"in":{"a":2,"b":[7,8],"c":{"a":5,"b":[6]}}}"#)
    }

    // protobuf.dev, "Groups": a start and an end with the same number, 3 and 4.
    @Test("groups are messages between their start and their end")
    func group() throws {
        let text: [UInt8] = [0x1A, 1, 0x79]
        #expect(try json([0x13] + text + [0x14]) == #"{"grp":{"x":"y"}}"#)
        #expect(try json([0x23, 0x24, 0x23] + text + [0x24]) == #"{"grps":[{},{"x":"y"}]}"#)
        #expect(try json([0x13, 0x2B] + text + [0x2C, 0x14]) == #"{"grp":{"own":{"x":"y"}}}"#)
        for broken: [UInt8] in [[0x13], [0x13, 0x1C], [0x14], [0x13, 0x2B, 0x14, 0x2C]] { #expect(try json(broken) == nil) }
        #expect(try json([UInt8](repeating: 0x13, count: 100_000)) == nil)
    }

    @Test("protobuf's own messages are not asked for where there are others")
    func outermost() throws {
        let own = Descriptor.set("google.protobuf", Descriptor.message("Any"), Descriptor.message("Empty"))
        #expect(try ProtobufSchema((own + Self.set).span).outermost == ["p.Old"])
        #expect(try ProtobufSchema(own.span).outermost == ["google.protobuf.Any", "google.protobuf.Empty"])
        let tree = Descriptor.set("p", Descriptor.message("Node", Descriptor.field("child", 1, type: 11, ".p.Node")))
        #expect(try ProtobufSchema(tree.span).outermost == ["p.Node"])
    }
}
