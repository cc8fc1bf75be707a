// The list of frames and messages: search, filters, and one of them opened.

const ROWS_AT_ONCE = 100;

class MessageList {
  constructor(onSelect) {
    this.onSelect = onSelect;
    this.page = 0;
    this.frames = [];
    this.status = el("p", { class: "status", role: "status" });
    this.body = el("tbody");
    this.pages = el("p", { class: "pages" });
    this.search = el("input", { type: "search", id: "search", placeholder: "text, name or /regular expression/", autocomplete: "off", spellcheck: "false" });
    this.kind = choice("kind", { "": "all kinds", text: "text", binary: "binary", control: "control", finding: "with findings", operation: "with an operation" });
    this.from = choice("from", { "": "both sides", client: "the client", server: "the server" });
    this.scope = choice("scope", { one: "this connection", all: "all connections" });
    this.search.addEventListener("input", () => this.later());
    for (const part of [this.kind, this.from, this.scope]) part.addEventListener("change", () => this.refresh());
    const form = el("form", { class: "filters", role: "search", onsubmit: event => event.preventDefault() },
      labelled("Search", this.search), labelled("Kind", this.kind), labelled("From", this.from), labelled("In", this.scope));
    const heads = ["Frame", "Time", "From", "Kind", "Length", "Content"];
    const head = el("thead", {}, el("tr", {}, ...heads.map(name => el("th", { scope: "col", class: name === "Length" ? "number" : "" }, name))));
    this.table = el("table", { class: "messages", "aria-label": "Frames and messages" }, head, this.body);
    this.element = el("div", {}, form, this.status, this.table, this.pages);
  }

  // MARK: What is listed

  show(connection, frame) {
    if (this.connection !== connection) this.page = 0;
    this.connection = connection;
    this.selected = frame;
    this.find();
    if (frame && !this.frames.includes(frame)) {
      this.reset();
      this.find();
    }
    const place = this.frames.indexOf(frame);
    if (place >= 0) this.page = Math.floor(place / ROWS_AT_ONCE);
    this.draw();
  }

  reset() {
    for (const part of [this.search, this.kind, this.from]) part.value = "";
    this.scope.value = "one";
  }

  // While someone types, not at each key.
  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), 150);
  }

  refresh() {
    this.page = 0;
    this.find();
    this.draw();
  }

  find() {
    this.pattern = pattern(this.search.value);
    const all = this.scope.value === "all" ? connections.flatMap(connection => connection.frames) : this.connection.frames;
    const isFiltered = this.search.value || this.kind.value || this.from.value;
    this.frames = isFiltered ? all.filter(frame => !frame.omitted && this.matches(frame)) : all;
    this.element.classList.toggle("across", this.scope.value === "all");
    const number = this.frames.filter(frame => !frame.omitted).length;
    // Of a recording, frames are not known.
    const listed = this.scope.value === "all" ? connections : [this.connection];
    const noun = listed.every(connection => connection.opening?.recorder) ? "message" : "frame";
    const words = isFiltered ? `${counted(number, noun)} of ${count(all.length)} match` : counted(number, noun);
    const missing = this.scope.value === "all" ? connections.reduce((sum, connection) => sum + (connection.omittedMessages ?? 0), 0) : this.connection.omittedMessages ?? 0;
    const unsearched = this.search.value && missing ? `; what ${counted(missing, "message")} carried is not in this page, and was not searched` : "";
    this.status.textContent = this.pattern === null ? "This is no regular expression." : words + unsearched;
  }

  matches(frame) {
    if (this.from.value && frame.from !== this.from.value) return false;
    switch (this.kind.value) {
      case "text": if (!frame.isText || frame.isControl) return false; break;
      case "binary": if (frame.isText || frame.isControl) return false; break;
      case "control": if (!frame.isControl) return false; break;
      case "finding": if (!frame.findings) return false; break;
      case "operation": if (!frame.message?.operations) return false; break;
    }
    if (!this.pattern) return this.pattern === undefined;
    this.pattern.lastIndex = 0;
    return this.pattern.test(searched(frame));
  }

  // MARK: Rows

  draw() {
    const first = this.page * ROWS_AT_ONCE;
    const rows = this.frames.slice(first, first + ROWS_AT_ONCE).flatMap(frame => {
      if (frame.omitted) return [this.omissionRow(frame)];
      return frame === this.selected ? [this.row(frame), this.detailRow(frame)] : [this.row(frame)];
    });
    this.body.replaceChildren(...rows);
    this.drawPages(first);
  }

  row(frame) {
    const isSelected = frame === this.selected;
    const name = this.scope.value === "all" ? `#${frame.connection.number} ${frame.number || "–"}` : `${frame.number || "–"}`;
    const link = frame.number ? el("a", { href: isSelected ? `#c${frame.connection.number}` : frame.anchor, "aria-expanded": isSelected ? "true" : "false" }, name) : name;
    const row = el("tr", { class: `${frame.from} ${isSelected ? "selected" : ""} ${severity(frame)}` },
      el("td", { class: "frame" }, link),
      el("td", { class: "time" }, elapsed(frame)),
      el("td", { class: "from" }, el("span", { class: "arrow", "aria-hidden": "true" }, frame.isServer ? "← " : "→ "), frame.from),
      el("td", { class: "kind" }, kindWords(frame)),
      el("td", { class: "number" }, size(frame.message?.length ?? frame.length)),
      el("td", { class: "content" }, ...contentCell(frame, this.pattern)));
    row.addEventListener("click", event => {
      if (event.target.closest("a") || !frame.number || !getSelection().isCollapsed) return;
      location.hash = isSelected ? `#c${frame.connection.number}` : frame.anchor;
    });
    return row;
  }

  detailRow(frame) {
    this.detail = el("tr", { class: "detail" }, el("td", { colspan: 6 }, frameDetail(frame, this.pattern)));
    return this.detail;
  }

  omissionRow(frame) {
    return el("tr", { class: "omission" }, el("td", { colspan: 6 }, `${counted(frame.omitted, "frame")} left out here, to keep the page small`));
  }

  drawPages(first) {
    const last = Math.min(first + ROWS_AT_ONCE, this.frames.length);
    this.pages.replaceChildren();
    if (this.frames.length <= ROWS_AT_ONCE) return;
    const go = (words, page) => {
      const isThere = page >= 0 && page * ROWS_AT_ONCE < this.frames.length && page !== this.page;
      return el("button", { type: "button", disabled: !isThere, onclick: () => this.turn(page) }, words);
    };
    const lastPage = Math.ceil(this.frames.length / ROWS_AT_ONCE) - 1;
    this.pages.append(go("First", 0), go("Previous", this.page - 1), ` rows ${count(first + 1)} to ${count(last)} of ${count(this.frames.length)} `,
      go("Next", this.page + 1), go("Last", lastPage));
  }

  turn(page) {
    this.page = page;
    this.draw();
    this.status.scrollIntoView({ block: "start" });
  }
}

// MARK: Parts

function choice(name, options) {
  return el("select", { id: `filter-${name}` }, ...Object.entries(options).map(([value, words]) => el("option", { value }, words)));
}

const labelled = (words, control) => el("label", { for: control.id }, el("span", {}, words), control);

// What is searched for; undefined for nothing, null for what is no regular expression.
function pattern(text) {
  if (!text) return undefined;
  const expression = /^\/(.+)\/(i?)$/.exec(text);
  try {
    return expression ? new RegExp(expression[1], `gu${expression[2]}`) : new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "giu");
  } catch {
    return null;
  }
}

// What a search looks at: the text or bytes as characters, and the names of operations.
function searched(frame) {
  const message = frame.message;
  if (!message) return frame.kind;
  const names = (message.operations ?? []).map(operationWords).join(" ");
  return `${message.text ?? binaryText(message)} ${message.code ?? ""} ${message.reason ?? ""} ${names}`;
}

const severity = frame => ["", "note", "warning", "violation"][frame.gravity + 1];

function kindWords(frame) {
  const isPart = !frame.isControl && !(frame.bits & FINAL) && frame.number;
  const words = frame.opcode === 0 && frame.number ? (isPart ? "fragment" : "last fragment") : isPart ? `${frame.kind}, fragment` : frame.kind;
  return frame.bits & INCOMPLETE && frame.number ? `${words}, incomplete` : words;
}

function contentCell(frame, pattern) {
  const parts = [];
  const message = frame.message;
  for (const finding of frame.findings ?? []) {
    parts.push(el("span", { class: `badge ${data.rules[finding.rule].severity}` }, data.rules[finding.rule].label), " ");
  }
  for (const operation of message?.operations ?? []) parts.push(el("span", { class: `operation ${operation.status ?? ""}` }, oneLine(operationWords(operation))), " ");
  if (message?.code) parts.push(`${message.code} ${message.codeName ?? ""} `);
  if (message?.reason !== undefined) parts.push(...shown(oneLine(message.reason.slice(0, 200)), pattern));
  else if (message?.text !== undefined) parts.push(...preview(message.text, pattern));
  else if (message?.base64) parts.push(el("code", {}, hexPreview(message)));
  if (message?.roundTrip !== undefined) parts.push(el("span", { class: "hint" }, ` round trip ${duration(message.roundTrip)}`));
  return parts;
}

const PREVIEW = 240;

// The beginning of a text, or what is around the first match.
function preview(text, pattern) {
  if (pattern) pattern.lastIndex = 0;
  const place = pattern ? text.search(pattern) : 0;
  const start = place > PREVIEW / 2 ? place - 40 : 0;
  const part = (start > 0 ? "… " : "") + oneLine(text.slice(start, start + PREVIEW)) + (start + PREVIEW < text.length ? " …" : "");
  return shown(part, pattern);
}

function operationWords(operation) {
  const id = operation.id ? ` ${operation.id}` : "";
  const status = operation.status === "error" ? ` error ${operation.reason ?? ""}` : "";
  const latency = operation.latency !== undefined ? ` after ${duration(operation.latency)}` : "";
  return `${operation.type}${operation.name ? ` ${operation.name}` : ""}${operation.detail ? ` ${operation.detail}` : ""}${id}${status}${latency}`;
}
