import Bytes
import Packets
import Terminal

/// All that a person can do: the whole vocabulary of the viewer.
public enum Action: Hashable, Sendable {
    // Moving in whatever is shown.
    case up
    case down
    case pageUp
    case pageDown
    case halfPageUp
    case halfPageDown
    case top
    case bottom
    case left
    case right
    /// The mouse's wheel: rows down, or up when negative.
    case scroll(Int)
    case click(Position)

    // From screen to screen.
    case open
    case back
    case connections
    case timeline
    case findings
    case statistics
    case requests
    case handshake
    case help

    // How a screen shows what it shows.
    case columns
    case clock
    case follow
    /// Shows or hides the detail of what is selected in a list.
    case detail
    /// Sorts connections in another order.
    case order
    case reverse
    case heartbeats
    /// Shows the frames around those that a filter selects.
    case context
    /// Folds or unfolds the bits of a frame's header.
    case header
    case nextForm
    case nextField
    case previousField
    case fold
    case wire

    // Jumps from frame to frame.
    case previousFrame
    case nextFrame
    case previousFinding
    case nextFinding
    case partner
    case previousFragment
    case nextFragment
    case otherSide
    case mark
    case nextMark
    case compare

    // Looking for something.
    case search
    case nextMatch
    case previousMatch
    case filter
    /// Stops what is under way, or takes back a filter or a search.
    case cancel

    // Taking something along.
    case copy
    case savePayload
    case saveConnection
    case saveFrames

    // At a prompt.
    case type(Unicode.Scalar)
    case paste(String)
    case erase
    case eraseWord
    case eraseAll
    case submit
    case abandon
    case searchForm
    case older
    case newer
    case cursorLeft
    case cursorRight

    // The program itself.
    case quit
    case suspend
    case redraw
}

/// What an action wants of the world outside.
public enum Effect: Hashable, Sendable {
    case quit
    case suspend
    /// Everything on the screen is to be written anew.
    case redraw
    /// Bytes for the terminal's clipboard, of so many.
    case copy([UInt8], of: UInt64)
    /// Bytes for a new file, of so many.
    case save([UInt8], of: UInt64, as: String)
    case saveConnection(SavedConnection, as: String)
    /// Frames as JSON Lines: by connection, the numbers that are wanted.
    case saveFrames([UInt64: Set<UInt64>], as: String)
}

/// Which packets are those of a connection: between its ends, and between the connections before and behind it on the same ports.
public struct SavedConnection: Hashable, Sendable {
    public var number: UInt64
    var client: Endpoint
    var server: Endpoint
    var begin: Timestamp?
    var end: Timestamp?

    /// Whether a packet from one endpoint to another, at a time, is one of them.
    public func has(_ source: Endpoint, _ destination: Endpoint, at time: Timestamp) -> Bool {
        guard (source == client && destination == server) || (source == server && destination == client) else { return false }
        return begin.map { time > $0 } ?? true && end.map { time < $0 } ?? true
    }
}
