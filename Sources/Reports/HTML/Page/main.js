// Puts the parts together, and goes where the address says: #c3 is connection 3, #c3f41 its frame 41.

const LISTED_AT_ONCE = 50;

// All connections, the worst first, with a search.
class ConnectionList {
  constructor() {
    this.search = el("input", { type: "search", id: "connection-search", placeholder: "URL, address, number or end", autocomplete: "off", spellcheck: "false" });
    this.search.addEventListener("input", () => this.draw());
    this.body = el("tbody");
    this.rest = el("p", { class: "pages" });
    const heads = ["", "State", "URL", "How it ended", "Lasted", "Frames", "Bytes"];
    const numbers = ["Lasted", "Frames", "Bytes"];
    const head = el("thead", {}, el("tr", {}, ...heads.map(name => el("th", { scope: "col", class: numbers.includes(name) ? "number" : "" }, name || el("span", { class: "unseen" }, "Connection")))));
    this.table = el("table", { class: "connections", "aria-label": "Connections" }, head, this.body);
    this.element = el("div", { hidden: connections.length < 2 }, el("form", { class: "filters", role: "search", onsubmit: event => event.preventDefault() }, labelled("Find a connection", this.search)),
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Connections" }, this.table), this.rest);
    this.draw();
  }

  draw(limit = LISTED_AT_ONCE) {
    const words = this.search.value.toLowerCase();
    const found = connections.filter(connection => !words || described(connection).includes(words));
    this.body.replaceChildren(...found.slice(0, limit).map(connection => this.row(connection)));
    this.rest.replaceChildren();
    if (found.length > limit) this.rest.append(moreButton(found.length - limit, () => this.draw(limit * 4)));
  }

  row(connection) {
    const isShown = connection === this.selected;
    return el("tr", { class: `${connection.standing} ${isShown ? "selected" : ""}` },
      el("td", {}, el("a", { href: `#c${connection.number}`, "aria-current": isShown ? "true" : undefined }, `#${connection.number}`)),
      el("td", {}, el("span", { class: `state ${connection.standing}` }, STANDINGS[connection.standing])),
      el("td", { class: "url" }, el("code", {}, oneLine(connection.url || ends(connection.opening ?? {})))), el("td", {}, oneLine(connection.phrase)),
      el("td", { class: "number" }, connection.end ? duration(connection.end.duration) : "–"),
      el("td", { class: "number" }, count(connection.frameCount)), el("td", { class: "number" }, size(connection.byteCount)));
  }

  select(connection) {
    this.selected = connection;
    this.draw();
  }
}

const described = connection => `#${connection.number} ${connection.url} ${ends(connection.opening ?? {})} ${connection.phrase} ${connection.protocol ?? ""}`.toLowerCase();

// MARK: Where the address leads

function start() {
  for (const part of document.querySelectorAll(".needs-script")) part.remove();
  const section = document.getElementById("connections");
  drawActivity(document.getElementById("activity"));
  if (!connections.length) return section.append(el("p", {}, "There is no connection to show."));
  const list = new ConnectionList(), view = new ConnectionView();
  const notice = el("p", { class: "notice", role: "status" });
  section.append(notice, list.element, view.element);
  const go = isAsked => {
    const parts = /^#c(\d+)(?:f(\d+))?$/.exec(location.hash);
    const connection = parts ? connectionOf.get(Number(parts[1])) : view.connection ?? connections[0];
    notice.textContent = connection ? "" : `Connection ${parts[1]} is not in this page: it was left out, or not selected.`;
    if (!connection) return notice.scrollIntoView();
    const frame = parts?.[2] ? connection.frames.find(frame => frame.number === Number(parts[2])) : undefined;
    if (parts?.[2] && !frame) notice.textContent = `Frame ${parts[2]} of connection ${connection.number} is not in this page.`;
    if (list.selected !== connection) list.select(connection);
    view.show(connection, frame);
    if (!parts || !isAsked) return;
    const target = frame ? view.list.detail?.previousElementSibling : view.element;
    target?.scrollIntoView({ block: frame ? "center" : "start" });
  };
  addEventListener("hashchange", () => go(true));
  go(location.hash !== "");
}

start();
