@testable import TLS

/// What RFC 8448 (§3) says of its first handshake.
enum Example {
    struct Trace: Sendable {
        var name: String
        var secret: String
        var key: String
        var iv: String
    }

    static let traces = [
        Trace(
            name: "client's handshake", secret: "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21",
            key: "dbfaa693d1762c5b666af5d950258d01", iv: "5bd3c71b836e0b76bb73265f"),
        Trace(
            name: "server's handshake", secret: "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38",
            key: "3fce516009c21727d0f2e4e86ee403bc", iv: "5d313eb2671276ee13000b30"),
        Trace(
            name: "client's traffic", secret: "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
            key: "17422dda596ed5d9acd890e3c63f5051", iv: "5b78923dee08579033e523d9"),
        Trace(
            name: "server's traffic", secret: "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
            key: "9f02283b6c9c07efc26bb9f2ac92e356", iv: "cf782b88dd83549aadf1e984"),
    ]

    struct Record: Sendable {
        /// Index into `traces`.
        var trace: Int
        var sequence: UInt64
        var bytes: String
        var type: ContentType
        var content: String
    }

    static let records = [
        Record(
            trace: 0, sequence: 0,
            bytes: "170303003575ec4dc238cce60b298044a71e219c56cc77b0517fe9b93c7a4bfc44d87f38f80338ac98fc46deb384bd1caeacab6867d726c40546",
            type: .handshake, content: "14000020a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2edd5ce61"),
        Record(
            trace: 2, sequence: 0,
            bytes:
                "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a20441e2b62974e1f5a6292a2977014bd1e3d"
                + "eae63aeebb21694915e4",
            type: .applicationData,
            content: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031"),
        Record(
            trace: 3, sequence: 1,
            bytes:
                "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602dcb501a59a8fcc49c4bf2e5f0a21c0047c2abf3"
                + "32540dd032e167c2955d",
            type: .applicationData,
            content: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031"),
        Record(trace: 2, sequence: 1, bytes: "1703030013c9872760655666b74d7ff1153efd6db6d0b0e3", type: .alert, content: "0100"),
        Record(trace: 3, sequence: 2, bytes: "1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9", type: .alert, content: "0100"),
    ]
}
