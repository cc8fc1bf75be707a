/// A file of an input, for reports that name the files of findings.
struct NumberedFile {
    var name: String
    /// The number that its first packet has in the whole input.
    var firstPacket: UInt64

    /// The number of a packet in the file.
    func number(of packet: UInt64) -> UInt64 { packet - firstPacket + 1 }
}

extension [NumberedFile] {
    /// The file that a packet is in.
    func file(of packet: UInt64) -> NumberedFile? { last { $0.firstPacket <= packet } }
}
