import ArgumentParser
import BinaryValues
import Subprotocols
import System

extension DecodingOptions {
    /// Bytes of a FileDescriptorSet.
    private static let schemaLimit = 16 << 20

    /// What `--proto` and `--proto-message` say; nil without them.
    func schema() throws -> MessageSchema? {
        guard let proto else {
            if protoMessages.isEmpty { return nil }
            throw ValidationError("--proto-message names a message of --proto FILE, which is not given.")
        }
        guard let bytes = Directory.content(ofFile: proto) else { throw ValidationError("--proto \(proto): the file cannot be read.") }
        guard bytes.count <= Self.schemaLimit else { throw ValidationError("--proto \(proto): the file is larger than 16 MiB.") }
        let schema: ProtobufSchema
        do throws(ProtobufSchema.Failure) { schema = try ProtobufSchema(bytes.span) } catch {
            throw ValidationError("--proto \(proto): \(Self.words(error))")
        }
        let names = try names(schema)
        guard let found = MessageSchema(schema, client: names.client, server: names.server) else {
            let missing = [names.client, names.server].first { schema.message(named: $0) == nil } ?? names.client
            throw ValidationError("--proto \(proto) has no message \(missing); it has \(Self.some(schema.outermost)).")
        }
        return found
    }

    private func names(_ schema: ProtobufSchema) throws -> (client: String, server: String) {
        var (client, server): (String?, String?) = (nil, nil)
        for name in protoMessages {
            if name.hasPrefix("client=") {
                client = String(name.dropFirst(7))
            } else if name.hasPrefix("server=") {
                server = String(name.dropFirst(7))
            } else {
                (client, server) = (client ?? name, server ?? name)
            }
        }
        if client == nil, server == nil {
            let outermost = schema.outermost
            guard outermost.count == 1 else {
                throw ValidationError("Which message is it? Name one with --proto-message: \(Self.some(outermost)).")
            }
            (client, server) = (outermost[0], outermost[0])
        }
        guard let one = client ?? server else { return ("", "") }
        return (client ?? one, server ?? one)
    }

    private static func some(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }

    private static func words(_ failure: ProtobufSchema.Failure) -> String {
        switch failure {
        case .malformed: "expected a FileDescriptorSet, as protoc --descriptor_set_out=FILE --include_imports writes it."
        case .missing(let type): "\(type) is not in it; write it with --include_imports."
        case .tooLarge: "it has more than 65,536 names."
        }
    }
}
