// JSON (RFC 8259) as it was sent: numbers with all their digits, names that stand twice, in their order. JSON.parse loses all three.

class JSONReader {
  static DEPTH = 200;

  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  // The value that the text is, or undefined.
  static read(text) {
    if (!/^\s*[[{]/.test(text)) return undefined;
    const reader = new JSONReader(text);
    try {
      const value = reader.value(0);
      reader.blanks();
      return reader.at === text.length ? value : undefined;
    } catch (error) {
      if (error === reader) return undefined;
      throw error;
    }
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (!match) throw this;
    this.at = pattern.lastIndex;
    return match[0];
  }

  blanks() {
    this.match(/[ \t\r\n]*/y);
  }

  // True if this is what comes next; it is passed over.
  takes(character) {
    this.blanks();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  value(depth) {
    if (depth > JSONReader.DEPTH) throw this;
    if (this.takes("{")) return this.list("}", depth, true);
    if (this.takes("[")) return this.list("]", depth, false);
    if (this.text[this.at] === '"') return { kind: "string", text: this.string() };
    const word = this.match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y);
    return { kind: /^[tfn]/.test(word) ? "word" : "number", text: word };
  }

  string() {
    return JSON.parse(this.match(/"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y));
  }

  list(end, depth, isObject) {
    const entries = [];
    if (this.takes(end)) return { kind: isObject ? "object" : "array", entries };
    do {
      let name;
      if (isObject) {
        this.blanks();
        name = this.string();
        if (!this.takes(":")) throw this;
      }
      entries.push({ name, value: this.value(depth + 1) });
    } while (this.takes(","));
    if (!this.takes(end)) throw this;
    return { kind: isObject ? "object" : "array", entries };
  }
}

// MARK: The tree

const ENTRIES_AT_ONCE = 200;

// A value as a tree that opens level by level.
function jsonTree(value, pattern) {
  return el("div", { class: "tree" }, treeNode({ value }, 0, pattern));
}

function treeNode({ name, value, isRepeated }, depth, pattern) {
  const label = [];
  if (name !== undefined) label.push(el("span", { class: "name" }, ...shown(JSON.stringify(name), pattern)), ": ");
  if (isRepeated) label.push(el("span", { class: "repeated", title: "This name stands more than once in its object" }, "again"), " ");
  if (!value.entries) return el("div", { class: "leaf" }, ...label, leaf(value, pattern));
  const marks = value.kind === "object" ? ["{", "}"] : ["[", "]"];
  if (value.entries.length === 0) return el("div", { class: "leaf" }, ...label, marks.join(""));
  const noun = value.kind === "object" ? "member" : "element";
  const summary = el("summary", {}, ...label, marks[0], el("span", { class: "hint" }, ` ${counted(value.entries.length, noun)} `), marks[1]);
  const node = el("details", {}, summary);
  const fill = () => {
    if (node.open && node.childElementCount === 1) node.append(children(value, depth, pattern));
  };
  node.addEventListener("toggle", fill);
  node.open = depth === 0 || (depth < 3 && value.entries.length <= 20);
  fill();
  return node;
}

function children(value, depth, pattern) {
  const list = el("div", { class: "children" });
  const names = new Set();
  const more = from => {
    for (const entry of value.entries.slice(from, from + ENTRIES_AT_ONCE)) {
      const isRepeated = entry.name !== undefined && names.has(entry.name);
      names.add(entry.name);
      list.append(treeNode({ ...entry, isRepeated }, depth + 1, pattern));
    }
    const left = value.entries.length - from - ENTRIES_AT_ONCE;
    if (left > 0) list.append(moreButton(left, () => more(from + ENTRIES_AT_ONCE)));
  };
  more(0);
  return list;
}

// A button that goes once it is pressed.
function moreButton(left, act) {
  const button = el("button", { type: "button", class: "more" }, `${count(left)} more`);
  button.addEventListener("click", () => {
    button.remove();
    act();
  });
  return button;
}

function leaf(value, pattern) {
  const text = value.kind === "string" ? JSON.stringify(value.text) : value.text;
  return el("span", { class: value.kind }, ...shown(text, pattern));
}
