// What the page shows: connections and their frames, out of the JSON that stands in it.

const data = JSON.parse(document.getElementById("data").textContent);

// What a row says of a frame, as bits of a number.
const SERVER = 1 << 4, FINAL = 1 << 5, COMPRESSED = 1 << 6, INCOMPLETE = 1 << 7, ENDS_MESSAGE = 1 << 8, REDACTED = 1 << 9, OF_TEXT = 1 << 10;

const OPCODES = { 0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong" };
const STANDINGS = { failed: "failed", unclear: "ended otherwise", unknown: "end not recorded", open: "open", clean: "closed cleanly" };
const GRAVITY = { note: 0, warning: 1, violation: 2 };

class Connection {
  constructor(entry) {
    Object.assign(this, entry);
    // As `dump` writes them; a connection that goes on has no end.
    this.opening = entry.lines[0];
    this.end = entry.lines[1];
    this.ticks = 10 ** entry.digits;
  }

  get url() {
    return this.opening?.url ?? "";
  }

  get frameCount() {
    const totals = this.end?.totals;
    return totals ? units(totals.client) + units(totals.server) : this.frames.length;
  }

  get byteCount() {
    const totals = this.end?.totals;
    return totals ? totals.client.bytes + totals.server.bytes : 0;
  }

  // Frames in order, and where some are left out, how many. Made when they are first asked for.
  get frames() {
    this.known ??= this.decode();
    return this.known;
  }

  decode() {
    const messages = new Map(), findings = new Map(), abandoned = [];
    for (const message of this.messages) {
      if (message.abandoned) abandoned.push(message);
      else messages.set(message.frame, message);
    }
    this.frameOfMessage = new Map([...messages.values()].map(message => [message.message, message.frame]));
    for (const finding of this.findings) {
      if (finding.frame) findings.set(finding.frame, [...(findings.get(finding.frame) ?? []), finding]);
    }
    const frames = [];
    this.rows.forEach((piece, index) => {
      if (index > 0 && index === this.gap) frames.push({ connection: this, omitted: this.omittedFrames });
      let number = 0, time = 0;
      for (let at = 0; at < piece.length; at += 4) {
        number += piece[at];
        time += piece[at + 1];
        frames.push(new Frame(this, number, time, piece[at + 2], piece[at + 3], messages.get(number), findings.get(number)));
      }
    });
    for (const message of abandoned) insert(frames, new Unended(this, message));
    return frames;
  }
}

class Frame {
  constructor(connection, number, tick, bits, length, message, findings) {
    Object.assign(this, { connection, number, tick, bits, length, message, findings });
  }

  get isServer() {
    return (this.bits & SERVER) !== 0;
  }

  get from() {
    return this.isServer ? "server" : "client";
  }

  get opcode() {
    return this.bits & 15;
  }

  get isControl() {
    return this.opcode >= 8;
  }

  get kind() {
    return OPCODES[this.opcode] ?? `opcode ${this.opcode}`;
  }

  // What its message is: a continuation goes on with text or something else.
  get isText() {
    return this.opcode === 1 || (this.opcode === 0 && (this.bits & OF_TEXT) !== 0);
  }

  // Seconds since the connection began.
  get seconds() {
    return this.tick / this.connection.ticks;
  }

  get gravity() {
    if (!this.findings) return -1;
    return Math.max(...this.findings.map(finding => GRAVITY[data.rules[finding.rule].severity]));
  }

  get anchor() {
    return `#c${this.connection.number}f${this.number}`;
  }
}

// A message of which the last frame never came, in the place of that.
class Unended extends Frame {
  constructor(connection, message) {
    super(connection, 0, message.at, (message.from === "server" ? SERVER : 0) | INCOMPLETE, message.length ?? 0, message, undefined);
  }

  get kind() {
    return "no end";
  }
}

function insert(frames, frame) {
  let at = frames.length;
  while (at > 0 && !(frames[at - 1].tick <= frame.tick)) at -= 1;
  frames.splice(at, 0, frame);
}

const connections = data.connections.map(entry => new Connection(entry));
const connectionOf = new Map(connections.map(connection => [connection.number, connection]));

// What a side sent: frames, or messages where it was recorded, and frames are not known.
function units(totals) {
  return totals.frames ?? totals.messages;
}
