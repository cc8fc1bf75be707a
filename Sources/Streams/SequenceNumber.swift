/// How far `later` is after `earlier` in TCP's sequence space, which wraps at 2^32 (RFC 9293 §3.4); negative if it is before it.
@usableFromInline
package func distance(from earlier: UInt32, to later: UInt32) -> Int {
    Int(Int32(bitPattern: later &- earlier))
}
