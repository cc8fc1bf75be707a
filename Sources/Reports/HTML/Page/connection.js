// One connection: its verdict and what proves it, its handshake, its frames as lanes and as a list.

class ConnectionView {
  constructor() {
    this.list = new MessageList();
    this.element = el("article", { id: "connection", tabindex: -1, "aria-labelledby": "connection-title" });
  }

  show(connection, frame) {
    if (this.connection !== connection) this.build(connection);
    if (!connection.frames.length) return;
    this.lanes.select(frame);
    this.list.show(connection, frame);
  }

  build(connection) {
    this.connection = connection;
    this.lanes = new Lanes(connection);
    const opening = connection.opening ?? {};
    const loose = connection.findings.filter(finding => !finding.frame);
    this.element.replaceChildren(
      el("h3", { id: "connection-title" }, `Connection ${connection.number} `, el("span", { class: `state ${connection.standing}` }, STANDINGS[connection.standing])),
      el("p", { class: "where" }, el("code", {}, oneLine(connection.url)), ` ${ends(opening)}`),
      verdict(connection), figures(connection), ...proof(connection), ...loose.map(finding => findingLine(finding, true, connection)),
      handshake(opening, !connection.frames.length),
      ...(connection.frames.length ? [this.lanes.element, el("h4", {}, opening.recorder ? "Messages" : "Frames and messages"), this.list.element] : []));
  }
}

// Of what was recorded, an end may not be known.
const ends = opening => opening.client || opening.server
  ? [opening.client && endpoint(opening.client), "→", opening.server && endpoint(opening.server)].filter(part => part).join(" ") : "";
const endpoint = ({ address, port }) => (address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`);

function verdict(connection) {
  return el("p", { class: "verdict" }, oneLine(connection.end?.verdict.text ?? "It goes on."));
}

// What is counted.
function figures(connection) {
  const { opening = {}, end } = connection;
  const rows = [["Protocol", [opening.transport, opening.recorder && `recorded by ${opening.recorder}`, opening.subprotocol, connection.protocol].filter((name, at, all) => name && all.indexOf(name) === at).join(", ")]];
  if (opening.extensions) rows.push(["Extensions", opening.extensions.map(({ name, parameters }) => [name, ...parameters.map(part => part.join("="))].join("; ")).join(", ")]);
  if (end) rows.push(["Lasted", duration(end.duration)]);
  for (const side of ["client", "server"]) {
    const totals = end?.totals[side];
    if (totals) rows.push([side === "client" ? "Client sent" : "Server sent", `${counted(units(totals), "frames" in totals ? "frame" : "message")}, ${size(totals.bytes)}`]);
  }
  if (end?.verdict.browser) rows.push(["Browser", `${end.verdict.browser.code}, ${end.verdict.browser.wasClean ? "clean" : "not clean"}`]);
  if (opening.tls) rows.push(["TLS", [opening.tls.version, opening.tls.cipher].filter(Boolean).join(", ")]);
  if (connection.unanswered) rows.push(["Unanswered", counted(connection.unanswered, "request")]);
  if (connection.omittedFrames) rows.push(["Left out", counted(connection.omittedFrames, "frame")]);
  if (connection.omittedMessages) rows.push(["Not shown", `what ${counted(connection.omittedMessages, "message")} carried`]);
  return el("dl", { class: "facts" }, ...rows.map(([name, words]) => el("div", {}, el("dt", {}, name), el("dd", {}, oneLine(words)))));
}

// The facts that support the verdict, with their packets.
function proof(connection) {
  const facts = connection.end?.verdict.facts ?? [];
  if (!facts.length) return [];
  const rows = facts.map(fact => el("li", {}, el("span", { class: "time" }, fact.time.slice(11, 26)), ` ${oneLine(fact.text)} `,
    fact.packets.length ? el("span", { class: "hint" }, `packet ${fact.packets.join(", ")}`) : undefined));
  return [el("ul", { class: "proof", "aria-label": "What shows it" }, ...rows)];
}

// MARK: The handshake

function handshake(opening, isOpen) {
  if (!opening.request && !opening.response) return "";
  const checks = opening.handshake?.checks ?? [];
  const broken = checks.filter(check => !["met", "absent"].includes(check.state));
  const words = broken.length ? `Handshake: ${counted(broken.length, "requirement")} not met` : "Handshake, as required";
  const rows = checks.map(check => el("tr", { class: check.state }, el("td", {}, check.state), el("td", {}, check.side), el("td", {}, oneLine(check.requirement)),
    el("td", {}, oneLine(check.found ?? "–")), el("td", {}, check.section ?? "")));
  const table = rows.length ? el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Requirements of the handshake" }, el("table", { class: "checks", "aria-label": "Requirements of the handshake" },
    el("thead", {}, el("tr", {}, ...["State", "Side", "Requirement", "Found", "Section"].map(name => el("th", { scope: "col" }, name)))), el("tbody", {}, ...rows))) : undefined;
  const { request, response } = opening;
  const heads = el("div", { class: "heads" },
    request ? head("Request", `${request.method} ${request.target} ${request.version}`, request.headers) : undefined,
    response ? head("Response", `${response.status} ${response.reason ?? ""}`, response.headers, response.body) : undefined);
  return el("details", { class: "handshake", open: isOpen }, el("summary", {}, words), heads, table);
}

function head(name, first, headers, body) {
  const lines = [oneLine(first), ...headers.map(([name, value]) => oneLine(`${name}: ${value}`))];
  const content = body?.text ?? (body?.base64 ? hexPreview(body) : undefined);
  return el("div", {}, el("h5", {}, name), el("pre", { tabindex: 0 }, ...visible(lines.join("\n")), ...(content ? ["\n\n", ...visible(content)] : [])));
}
