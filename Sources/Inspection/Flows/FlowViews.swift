import Channels
import Packets

/// A flow whose packets are seen in several tunnels, or inside and outside of one: each direction is read from one of them.
struct FlowViews {
    private var fromLow: TunnelScope?
    private var fromHigh: TunnelScope?

    /// The tunnel that a direction is read from; nil before it has said anything.
    subscript(direction: Direction) -> TunnelScope? {
        get { direction == .fromLow ? fromLow : fromHigh }
        set { if direction == .fromLow { fromLow = newValue } else { fromHigh = newValue } }
    }
}
