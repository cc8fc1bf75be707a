// One import for programs that use the library (Docs/Library.md). What is not named here, they import by its own name.
@_exported import Bytes
@_exported import Capture
@_exported import HTTP
@_exported import Input
@_exported import Inspection
@_exported import Packets
@_exported import Rules
@_exported import Streams
@_exported import Verdicts
@_exported import WebSocket
