// The frames of a connection on a line of time: what the client sends above it, what the server sends below.

class Lanes {
  static HEIGHT = 148;
  static AXIS = 66;
  static LANE = 56;

  constructor(connection) {
    this.connection = connection;
    this.frames = connection.frames.filter(frame => !frame.omitted && frame.number);
    const last = Math.max(...[0, this.frames.at(-1)?.seconds ?? 0], connection.end?.duration ?? 0);
    this.whole = [0, last > 0 ? last * 1.002 : 0.001];
    this.range = [...this.whole];
    this.canvas = el("canvas", { tabindex: 0, role: "img", "aria-describedby": "lanes-words", "aria-label": this.label });
    this.words = el("p", { class: "hint", id: "lanes-words", role: "status" });
    const button = (words, label, act) => el("button", { type: "button", "aria-label": label, onclick: act }, words);
    this.tools = el("span", { class: "tools" }, button("+", "Closer", () => this.zoom(0.5)), button("−", "Farther", () => this.zoom(2)),
      button("‹", "Earlier", () => this.move(-0.5)), button("›", "Later", () => this.move(0.5)), button("All", "The whole time", () => this.set(...this.whole)));
    this.element = el("figure", { class: "lanes" }, el("figcaption", {}, legend(), this.tools), this.canvas, this.words);
    this.listen();
    this.say(undefined);
  }

  get label() {
    const sent = side => this.frames.filter(frame => frame.from === side).length;
    return `Frames on a line of time: ${count(sent("client"))} from the client, ${count(sent("server"))} from the server in ${duration(this.whole[1])}`;
  }

  // MARK: What is seen

  select(frame) {
    this.selected = frame;
    if (frame && (frame.seconds < this.range[0] || frame.seconds > this.range[1])) {
      const half = (this.range[1] - this.range[0]) / 2;
      this.set(frame.seconds - half, frame.seconds + half);
    }
    this.say(frame);
    this.draw();
  }

  set(from, to) {
    const length = Math.min(Math.max(to - from, 1e-6), this.whole[1]);
    const start = Math.max(0, Math.min(from, this.whole[1] - length));
    this.range = [start, start + length];
    this.draw();
  }

  zoom(factor) {
    const [from, to] = this.range;
    const seconds = this.selected?.seconds;
    const middle = seconds >= from && seconds <= to ? seconds : (from + to) / 2;
    this.set(middle - (middle - from) * factor, middle + (to - middle) * factor);
  }

  move(part) {
    const length = this.range[1] - this.range[0];
    this.set(this.range[0] + part * length, this.range[1] + part * length);
  }

  say(frame) {
    this.words.textContent = frame ? frameWords(frame) : "Click a frame to open it, or mark a part to see it closer. Keys: ← and → go from frame to frame, + and − change the scale.";
  }

  // MARK: Pointer and keys

  listen() {
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.canvas.addEventListener("pointermove", event => this.drag(event) || this.say(this.near(event) ?? this.selected));
    this.canvas.addEventListener("pointerdown", event => { this.dragged = event.pointerType === "touch" ? undefined : [event.offsetX, event.offsetX]; });
    this.canvas.addEventListener("pointerup", () => this.drop());
    this.canvas.addEventListener("pointerleave", () => {
      this.dragged = undefined;
      this.say(this.selected);
      this.draw();
    });
    this.canvas.addEventListener("click", event => {
      const frame = this.wasDragged ? undefined : this.near(event);
      if (frame) location.hash = frame.anchor;
    });
    const keys = { ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1), "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), Home: () => this.step(-Infinity), End: () => this.step(Infinity) };
    this.canvas.addEventListener("keydown", event => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      keys[event.key]();
    });
  }

  // True while a part of the time is being marked.
  drag(event) {
    if (!this.dragged || !event.buttons) return false;
    this.dragged[1] = event.offsetX;
    this.draw();
    return this.isMarking;
  }

  get isMarking() {
    return this.dragged !== undefined && Math.abs(this.dragged[1] - this.dragged[0]) > 6;
  }

  // What was marked fills the line.
  drop() {
    this.wasDragged = this.isMarking;
    const [from, to] = (this.dragged ?? [0, 0]).map(x => this.timeAt(x)).sort((one, other) => one - other);
    this.dragged = undefined;
    if (this.wasDragged) this.set(from, to);
  }

  timeAt(x) {
    return this.range[0] + (x / this.canvas.clientWidth) * (this.range[1] - this.range[0]);
  }

  step(by) {
    const place = this.frames.indexOf(this.selected);
    const next = this.frames[Math.max(0, Math.min(this.frames.length - 1, place < 0 ? 0 : place + by))];
    if (next) location.hash = next.anchor;
  }

  // The frame on the pointer's side that is next to it, within eight pixels.
  near(event) {
    const isServer = event.offsetY > Lanes.AXIS;
    const time = this.timeAt(event.offsetX);
    const reach = (8 / this.canvas.clientWidth) * (this.range[1] - this.range[0]);
    let best;
    for (let at = firstFrom(this.frames, time - reach); at < this.frames.length && this.frames[at].seconds <= time + reach; at += 1) {
      const frame = this.frames[at];
      if (frame.isServer === isServer && (!best || Math.abs(frame.seconds - time) < Math.abs(best.seconds - time))) best = frame;
    }
    return best;
  }

  // MARK: Drawing

  draw() {
    const width = this.canvas.clientWidth, scale = devicePixelRatio || 1;
    if (!width) return;
    this.canvas.width = width * scale;
    this.canvas.height = Lanes.HEIGHT * scale;
    const context = this.canvas.getContext("2d");
    context.scale(scale, scale);
    const style = getComputedStyle(this.canvas);
    const colour = name => style.getPropertyValue(`--${name}`);
    drawTicks(context, this.range, width, colour);
    const columns = this.columns(width);
    for (const [side, sign] of [[0, -1], [1, 1]]) {
      columns[side].forEach((column, x) => {
        if (!column) return;
        context.fillStyle = colour(column.ink);
        const height = column.height * Lanes.LANE;
        context.fillRect(x - 0.5, sign < 0 ? Lanes.AXIS - height : Lanes.AXIS, 2, height);
        if (column.gravity < 1) return;
        context.fillStyle = colour(column.gravity > 1 ? "failed" : "unclear");
        context.fillRect(x - 1.5, sign < 0 ? Lanes.AXIS - Lanes.LANE - 6 : Lanes.AXIS + Lanes.LANE + 2, 4, 4);
      });
    }
    context.fillStyle = colour("ink");
    context.fillRect(0, Lanes.AXIS - 0.5, width, 1);
    this.drawSelection(context, width, colour);
    if (!this.isMarking) return;
    context.globalAlpha = 0.2;
    context.fillStyle = colour("focus");
    context.fillRect(this.dragged[0], 0, this.dragged[1] - this.dragged[0], Lanes.HEIGHT - 14);
  }

  // Of each pixel and side the tallest frame, or the sum of many, and the gravest finding: a picture of many frames costs no more than its width.
  columns(width) {
    const columns = [new Array(width), new Array(width)];
    const [from, to] = this.range;
    let visible = 0, most = 1;
    for (let at = firstFrom(this.frames, from); at < this.frames.length && this.frames[at].seconds <= to; at += 1) {
      const frame = this.frames[at];
      const x = Math.min(width - 1, Math.floor(((frame.seconds - from) / (to - from)) * width));
      const height = Math.min(1, 0.15 + Math.log2(1 + frame.length) / 16);
      const ink = frame.opcode === 8 ? "ink" : frame.isControl ? "muted" : frame.isText ? frame.from : `${frame.from}-binary`;
      const known = columns[frame.isServer ? 1 : 0][x];
      const bytes = (known?.bytes ?? 0) + frame.length;
      if (!known) columns[frame.isServer ? 1 : 0][x] = { height, ink, gravity: frame.gravity, bytes };
      else {
        if (height > known.height || frame.opcode === 8) Object.assign(known, { height: Math.max(height, known.height), ink });
        Object.assign(known, { gravity: Math.max(known.gravity, frame.gravity), bytes });
      }
      visible += 1;
      most = Math.max(most, bytes);
    }
    // Where many share a pixel, all are as tall as the tallest: what they add up to says more.
    if (visible > 3 * width) columns.flat().forEach(column => { column.height = Math.max(0.04, column.bytes / most); });
    return columns;
  }

  drawSelection(context, width, colour) {
    const frame = this.selected;
    if (!frame || frame.seconds < this.range[0] || frame.seconds > this.range[1]) return;
    const x = ((frame.seconds - this.range[0]) / (this.range[1] - this.range[0])) * width;
    context.strokeStyle = colour("focus");
    context.lineWidth = 2;
    context.strokeRect(x - 3, frame.isServer ? Lanes.AXIS : Lanes.AXIS - Lanes.LANE, 7, Lanes.LANE);
  }
}

// The index of the first frame at or after a time. Frames may be out of order by a little, where a long one began earlier.
function firstFrom(frames, seconds) {
  let [low, high] = [0, frames.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (frames[middle].seconds < seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}

const frameWords = frame => `Frame ${frame.number} from the ${frame.from}: ${kindWords(frame)}, ${size(frame.length)}, ${elapsed(frame)} s`;

// Steps of 1, 2 or 5 that leave at most so many marks.
function steps([from, to], most) {
  const rough = (to - from) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(step => step >= rough);
  const marks = [];
  for (let number = Math.ceil(from / step); number * step <= to; number += 1) marks.push(number * step);
  return marks;
}

function drawTicks(context, range, width, colour) {
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "bottom";
  for (const seconds of steps(range, Math.max(2, width / 110))) {
    const x = Math.round(((seconds - range[0]) / (range[1] - range[0])) * width);
    context.fillStyle = colour("line");
    context.fillRect(x, 0, 1, Lanes.HEIGHT - 14);
    context.fillStyle = colour("muted");
    const words = duration(seconds);
    context.fillText(words, Math.max(0, Math.min(x - context.measureText(words).width / 2, width - context.measureText(words).width)), Lanes.HEIGHT);
  }
}

function legend() {
  const item = (name, words) => el("span", { class: "legend" }, el("i", { class: `swatch ${name}`, "aria-hidden": "true" }), words);
  return el("span", {}, item("client", "↑ client"), item("server", "↓ server"), item("binary", "binary"), item("control", "ping, pong"), item("close", "close"), item("violation", "finding"));
}
