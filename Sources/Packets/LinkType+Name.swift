import Bytes

extension LinkType {
    /// What a link type that is not decoded is called (tcpdump.org/linktypes.html); nil for rare ones.
    public var name: StaticString? {
        switch rawValue {
        case 6: "IEEE 802.5 token ring"
        case 10: "FDDI"
        case 107: "frame relay"
        case 187, 201: "Bluetooth HCI"
        case 189, 220: "Linux USB"
        case 195, 230: "IEEE 802.15.4"
        case 227: "CAN bus (SocketCAN)"
        case 249: "USBPcap"
        case 251, 256: "Bluetooth Low Energy"
        case 253: "Linux netlink"
        case 147...162: "reserved for private use"
        case 252: "Wireshark exported PDU"
        case 266: "Darwin USB"
        case 271: "Linux vsock"
        default: nil
        }
    }
}
