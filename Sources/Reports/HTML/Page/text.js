// Elements and texts. Whatever came from the wire goes in as text: nothing here makes markup of a string.

// An element with attributes and children, which are elements, texts or nothing.
function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter(child => child !== undefined && child !== null && child !== false));
  return element;
}

function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// Controls, and what is invisible or turns the direction of text. Joiners stay: scripts and emoji need them.
const HIDDEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

const escaped = character => `\\u{${character.codePointAt(0).toString(16)}}`;

// A text of one line, nothing of it invisible.
const oneLine = text => text.replace(/[\r\n\t]+/g, " ").replace(HIDDEN, escaped);

// A text as it is, but for what would not be seen, which stands there as an escape; and with marks where a pattern matches.
function shown(text, pattern) {
  const parts = [];
  let end = 0;
  const matches = pattern ? [...text.matchAll(pattern)].filter(match => match[0]).slice(0, 1000) : [];
  for (const match of matches) {
    parts.push(...visible(text.slice(end, match.index)), el("mark", {}, ...visible(match[0])));
    end = match.index + match[0].length;
  }
  return [...parts, ...visible(text.slice(end))];
}

function visible(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push(el("span", { class: "escape" }, escaped(match[0])));
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

// MARK: Quantities, as the program itself says them

const count = number => Math.round(number).toString().replace(/\B(?=(\d{3})+$)/g, ",");
const counted = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

function size(bytes) {
  if (bytes < 100000) return `${count(bytes)} B`;
  const units = ["kB", "MB", "GB", "TB", "PB", "EB"];
  let value = bytes / 1000, unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 100 ? Math.floor(value * 10) / 10 : Math.floor(value)} ${units[unit]}`;
}

function duration(seconds) {
  const short = (value, unit) => `${value < 99.95 ? Math.round(value * 10) / 10 : Math.round(value)} ${unit}`;
  if (seconds < 0) return `-${duration(-seconds)}`;
  if (seconds === 0) return "0 s";
  if (seconds < 9.995e-7) return short(seconds * 1e9, "ns");
  if (seconds < 9.995e-4) return short(seconds * 1e6, "µs");
  if (seconds < 0.9995) return short(seconds * 1e3, "ms");
  if (seconds < 59.95) return short(seconds, "s");
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole / 60) % 60)} min`;
}

// Seconds since a connection began: +1.200400.
const elapsed = frame => `+${(frame.tick / frame.connection.ticks).toFixed(6)}`;

// When a frame came, in UTC, to the digit.
function instant(frame) {
  const parts = /^(.*)\.(\d+)Z$/.exec(frame.connection.opening?.time ?? "");
  if (!parts) return "";
  const ticks = BigInt(frame.connection.ticks);
  const start = BigInt(Date.parse(`${parts[1]}Z`) / 1000) * ticks + BigInt(parts[2]);
  const time = start + BigInt(frame.tick);
  const date = new Date(Number(time / ticks) * 1000).toISOString().slice(0, 19).replace("T", " ");
  return `${date}.${(time % ticks).toString().padStart(frame.connection.digits, "0")} UTC`;
}
