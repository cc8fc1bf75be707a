// One frame opened: what is known of it, and what it carries as JSON, as text and as bytes.

const decoded = new WeakMap();

// The bytes of a message.
function bytesOf(message) {
  if (!decoded.has(message)) {
    decoded.set(message, message.base64 !== undefined ? Uint8Array.from(atob(message.base64), char => char.charCodeAt(0)) : new TextEncoder().encode(message.text ?? ""));
  }
  return decoded.get(message);
}

// Bytes as a search sees them: each a character.
const binaryText = message => Array.from(bytesOf(message).subarray(0, 65536), byte => String.fromCharCode(byte)).join("");

const hex = byte => byte.toString(16).padStart(2, "0");
const hexPreview = message => Array.from(bytesOf(message).subarray(0, 24), hex).join(" ") + (bytesOf(message).length > 24 ? " …" : "");

function frameDetail(frame, pattern) {
  return el("div", { class: "frame-detail" }, facts(frame), ...(frame.findings ?? []).map(finding => findingLine(finding, false)),
    ...(frame.message?.operations ?? []).map(operation => operationLine(frame, operation)), carried(frame, pattern));
}

// A double does not hold every length that a header can claim.
const exact = bytes => (Number.isSafeInteger(bytes) ? counted(bytes, "byte") : size(bytes));

function facts(frame) {
  const message = frame.message ?? {};
  const rows = [["When", instant(frame)], ["From", `the ${frame.from}`], ["Frame", `${frame.kind}, ${exact(frame.length)} of payload`]];
  if (message.message) rows.push(["Message", String(message.message)]);
  if (message.frames > 1) rows.push(["Fragments", counted(message.frames, "frame")]);
  if (message.wireLength !== undefined) rows.push(["Compressed", `${counted(message.length, "byte")} in ${counted(message.wireLength, "byte")}`]);
  if (message.code) rows.push(["Close code", `${message.code} ${message.codeName ?? ""}`]);
  if (message.roundTrip !== undefined) rows.push(["Round trip", duration(message.roundTrip)]);
  if (message.unknown) rows.push(["Unknown", `${counted(message.unknown, "byte")} copied from what was not captured`]);
  if (message.complete === false || frame.bits & INCOMPLETE) rows.push(["Incomplete", "bytes of it were not captured"]);
  if (message.redacted) rows.push(["Redacted", "secrets were removed"]);
  return el("dl", { class: "facts" }, ...rows.map(([name, text]) => el("div", {}, el("dt", {}, name), el("dd", {}, text))));
}

// An operation, and the frame that it answers.
function operationLine(frame, operation) {
  const request = operation.request && frame.connection.frameOfMessage.get(operation.request);
  const parts = [el("span", { class: "type" }, operation.protocol), " ", oneLine(operationWords(operation))];
  if (request) parts.push(" · answers ", el("a", { href: `#c${frame.connection.number}f${request}` }, `frame ${request}`));
  if (operation.wait?.length) parts.push(` · ${operation.wait.map(waitWords).join(", ")}`);
  return el("p", { class: `operation ${operation.status ?? ""}` }, ...parts);
}

// Where a part of the time before an answer went, and the packets that show it.
function waitWords({ cause, side, seconds, packets, message, connection }) {
  const words = {
    window: `${side} not reading`, resent: `resent by ${side}`, peer: side,
    "head-of-line": `message ${message}${connection ? ` of #${connection}` : ""} before it`,
  };
  const proof = packets && cause !== "peer" ? ` [packet${packets.length > 1 ? "s" : ""} ${packets.join(", ")}]` : "";
  return `${duration(seconds)} ${words[cause] ?? cause}${proof}`;
}

// A finding in a sentence, and where that is written.
function findingLine(finding, hasLink, connection) {
  const rule = data.rules[finding.rule];
  const parts = [el("span", { class: `badge ${rule.severity}` }, rule.severity), " ", rule.text, " "];
  if (finding.found) parts.push(el("span", { class: "found" }, `Found: ${oneLine(finding.found)}. `));
  if (finding.expected) parts.push(el("span", { class: "found" }, `Expected: ${oneLine(finding.expected)}. `));
  if (rule.section) parts.push(rule.link ? el("a", { href: rule.link, rel: "noreferrer" }, rule.section) : rule.section, " ");
  parts.push(el("code", {}, finding.rule));
  if (finding.from) parts.push(` from the ${finding.from}`);
  if (hasLink && finding.frame) parts.push(" · ", el("a", { href: `#c${connection.number}f${finding.frame}` }, `frame ${finding.frame}`));
  return el("p", { class: "finding" }, ...parts);
}

// MARK: What it carries

function carried(frame, pattern) {
  const message = frame.message;
  if (!message || (message.text === undefined && !message.base64)) {
    const words = frame.length === 0 ? "Nothing is carried." : frame.bits & ENDS_MESSAGE ? "What it carries is left out, to keep the page small." : "A part of a message, which is shown with its last frame.";
    return el("p", { class: "hint" }, words);
  }
  const json = message.text !== undefined ? JSONReader.read(message.text) : undefined;
  const views = {};
  if (json) views.JSON = () => jsonTree(json, pattern);
  if (message.text !== undefined) views.Text = () => el("pre", { tabindex: 0 }, ...shown(message.text, pattern));
  views.Bytes = () => hexDump(bytesOf(message));
  const names = Object.keys(views);
  const place = el("div", { class: "payload" });
  const buttons = names.map(name => el("button", { type: "button" }, name));
  const choose = name => {
    place.replaceChildren(views[name]());
    buttons.forEach(button => button.setAttribute("aria-pressed", button.textContent === name ? "true" : "false"));
  };
  buttons.forEach(button => button.addEventListener("click", () => choose(button.textContent)));
  choose(names[0]);
  const cut = message.cutAt !== undefined ? el("p", { class: "hint" }, `The first ${counted(message.cutAt, "byte")} of ${count(message.length)}.`) : undefined;
  return el("div", {}, names.length > 1 ? el("p", { class: "views", role: "group", "aria-label": "How it is shown" }, ...buttons) : undefined, cut, place);
}

const LINES_AT_ONCE = 256;

// Offsets, bytes and characters, sixteen to a line.
function hexDump(bytes) {
  const text = el("pre", { class: "hex", tabindex: 0 });
  const place = el("div", {}, text);
  const more = from => {
    const lines = [];
    for (let at = from; at < Math.min(bytes.length, from + 16 * LINES_AT_ONCE); at += 16) {
      const row = Array.from(bytes.subarray(at, at + 16));
      const halves = [row.slice(0, 8), row.slice(8)].map(half => half.map(hex).join(" ").padEnd(23));
      const characters = row.map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
      lines.push(`${at.toString(16).padStart(6, "0")}  ${halves.join("  ")}  ${characters}\n`);
    }
    text.append(lines.join(""));
    const left = Math.ceil((bytes.length - from) / 16) - LINES_AT_ONCE;
    if (left > 0) place.append(moreButton(left, () => more(from + 16 * LINES_AT_ONCE)));
  };
  more(0);
  return place;
}
