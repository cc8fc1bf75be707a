// Plots of the whole capture: rates over time, latencies and round trips.

const PLOT = { width: 720, height: 150, left: 64, right: 8, top: 8, bottom: 22 };

// Frames or bytes in equal spans of time: the client's above the axis, the server's below it.
function ratePlot(title, [client, server], words) {
  const seconds = data.span / client.length;
  const most = Math.max(1, ...client, ...server);
  const middle = (PLOT.top + PLOT.height - PLOT.bottom) / 2, half = middle - PLOT.top;
  const width = (PLOT.width - PLOT.left - PLOT.right) / client.length;
  const bars = (values, side, sign) => {
    const path = values.map((value, at) => {
      const height = (value / most) * half;
      return value ? `M${(PLOT.left + at * width).toFixed(1)} ${middle}h${Math.max(0.8, width - 0.3).toFixed(1)}v${(sign * Math.max(0.8, height)).toFixed(1)}h-${Math.max(0.8, width - 0.3).toFixed(1)}z` : "";
    }).join("");
    return svg("path", { d: path, class: side });
  };
  const sum = values => values.reduce((one, other) => one + other, 0);
  const each = seconds > 0 ? `in ${duration(seconds)} each` : "";
  const label = `${title}: ${words(sum(client))} from the client, ${words(sum(server))} from the server, at most ${words(most)} from one side ${each}`;
  return figure(title, label, [gridLine(PLOT.top, words(most)), gridLine(PLOT.height - PLOT.bottom, words(most)), ...timeAxis(),
    bars(client, "client", -1), bars(server, "server", 1), svg("line", { x1: PLOT.left, x2: PLOT.width - PLOT.right, y1: middle, y2: middle, class: "axis" })],
    [el("span", { class: "legend" }, each), el("span", { class: "legend" }, el("i", { class: "swatch client" }), "↑ client"), el("span", { class: "legend" }, el("i", { class: "swatch server" }), "↓ server")]);
}

// Durations by the time when they were measured, in powers of ten; a point opens its frame.
function durationPlot(title, { count: total, points }, link) {
  const values = points.map(point => point[1]).filter(value => value > 0);
  const low = 10 ** Math.floor(Math.log10(Math.max(1e-6, Math.min(...values))));
  const high = Math.max(low * 10, 10 ** Math.ceil(Math.log10(Math.max(...values, 1e-6))));
  const area = PLOT.height - PLOT.bottom - PLOT.top;
  const y = value => PLOT.height - PLOT.bottom - (Math.log10(Math.max(value, low) / low) / Math.log10(high / low)) * area;
  const lines = [];
  for (let value = low; value <= high * 1.01; value *= 10) lines.push(gridLine(y(value), duration(value)));
  const dots = points.map(([time, value, connection, frame]) => {
    const dot = svg("circle", { cx: timeX(time).toFixed(1), cy: y(value).toFixed(1), r: 2.5 }, svg("title", {}, `${duration(value)}, connection ${connection}, frame ${frame}`));
    dot.addEventListener("click", () => { location.hash = `#c${connection}f${frame}`; });
    return dot;
  });
  const ordered = [...points].sort((one, other) => other[1] - one[1]);
  const slowest = ordered.slice(0, 5).flatMap(([, value, connection, frame], at) => [at ? ", " : "Slowest: ", el("a", { href: `#c${connection}f${frame}` }, `${duration(value)} in #${connection}`)]);
  const left = total > points.length ? ` Of ${count(total)}, ${count(points.length)} are shown, the slow ones among them.` : "";
  const label = `${title}: ${counted(total, "point")}, the slowest ${duration(ordered[0][1])}`;
  return figure(title, label, [...lines, ...timeAxis(), svg("g", { class: "dots" }, ...dots)], [...slowest, left]);
}

// MARK: Parts

function figure(title, label, parts, words) {
  const picture = svg("svg", { viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, role: "img", "aria-label": label }, ...parts);
  return el("figure", { class: "plot" }, el("figcaption", {}, el("strong", {}, title), " ", ...words), picture);
}

const timeX = seconds => PLOT.left + (data.span > 0 ? seconds / data.span : 0) * (PLOT.width - PLOT.left - PLOT.right);

function gridLine(y, words) {
  return svg("g", { class: "grid" }, svg("line", { x1: PLOT.left, x2: PLOT.width - PLOT.right, y1: y, y2: y }),
    svg("text", { x: PLOT.left - 6, y: y + 4, "text-anchor": "end" }, words));
}

function timeAxis() {
  if (!(data.span > 0)) return [];
  return steps([0, data.span], PLOT.width / 90).map(seconds => {
    const anchor = seconds === 0 ? "start" : timeX(seconds) > PLOT.width - 30 ? "end" : "middle";
    return svg("text", { x: timeX(seconds).toFixed(1), y: PLOT.height - 6, class: "tick", "text-anchor": anchor }, duration(seconds));
  });
}

function drawActivity(section) {
  // As wide as it will stand there, so that its words are as large as others.
  const room = section.clientWidth;
  PLOT.width = Math.max(300, room < 900 ? room : (room - 32) / 2);
  const plots = [];
  if (data.rates?.frames.flat().some(number => number > 0)) plots.push(ratePlot("Frames", data.rates.frames, value => count(value)), ratePlot("Bytes", data.rates.bytes, size));
  if (data.latencies.points.length) plots.push(durationPlot("Latencies", data.latencies));
  if (data.roundTrips.points.length) plots.push(durationPlot("Round trips of pings", data.roundTrips));
  section.append(...(plots.length ? [el("div", { class: "plots" }, ...plots)] : [el("p", {}, "There are no frames.")]));
}
