import Bytes
import Capture

extension FuzzTarget {
    /// A capture file: packets and at most one error, however the bytes are delivered.
    static let capture = FuzzTarget("capture") { input throws(Broken) in
        let whole = Delivered(input, portion: .max)
        for portion in [1, 7] {
            let cut = Delivered(input, portion: portion)
            if whole.isCorrupt || cut.isCorrupt {
                // A decoder may go past the end of what is damaged, as far as there is input.
                let areAlike = whole.packets.starts(with: cut.packets) || cut.packets.starts(with: whole.packets)
                try demand(areAlike && whole.kind != nil && cut.kind != nil, "delivered \(portion) bytes at a time it has other packets")
                continue
            }
            try demand(cut.packets == whole.packets, "delivered \(portion) bytes at a time it has other packets")
            try demand(cut.kind == whole.kind, "in pieces the error is of another kind")
            // What is no capture is described by the bytes that are there so far: a terminal may never give more.
            try demand(
                cut.error == whole.error || cut.kind == .notACapture,
                "delivered \(portion) bytes at a time: \(cut.error ?? "no error"), not \(whole.error ?? "none")")
        }
        if let error = whole.error {
            try Promise.harmless(Array(error.utf8), "the error")
            try demand(!error.contains("\n"), "the error has several lines")
        }
    }
}

/// All that a reader gives.
private struct Delivered {
    struct Packet: Equatable {
        var time: Int64
        var linkType: LinkType
        var originalLength: Int
        var bytes: [UInt8]
    }

    var packets: [Packet] = []
    var error: String?
    var kind: CaptureError.Kind?
    /// It is compressed, and cannot be decompressed.
    var isCorrupt: Bool { error?.contains(" data is corrupt (") ?? false }

    init(_ bytes: [UInt8], portion: Int) {
        do throws(CaptureError) {
            var reader = try CaptureReader(ByteSource(bytes, portion: portion), name: "test.pcap")
            while let header = try reader.next() {
                while reader.takeCount() != nil {}
                packets.append(
                    Packet(
                        time: header.time.nanoseconds, linkType: header.linkType, originalLength: header.originalLength,
                        bytes: reader.bytes.copied()))
            }
        } catch {
            kind = error.kind
            self.error = error.message
        }
    }
}
