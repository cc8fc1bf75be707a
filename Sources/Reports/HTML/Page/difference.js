// What the page of two captures gains where scripts run: a search, and keys that go from one difference to the next.

const rows = [...document.querySelectorAll(".aligned tbody tr[id]")];
const differing = rows.filter(row => row.classList.contains("differs"));
let selected;

// Goes to a row, which may be folded up.
function open(row) {
  for (let part = row.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  selected?.classList.remove("selected");
  selected = row;
  row.classList.add("selected");
  row.tabIndex = -1;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "center" });
  history.replaceState(null, "", `#${row.id}`);
}

// The next of some rows, or the one before, from what is selected, or else from what is in sight.
function step(list, sign) {
  const isAfter = row => selected ? Boolean(selected.compareDocumentPosition(row) & (sign > 0 ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING))
    : sign > 0 ? row.getBoundingClientRect().bottom > 0 : row.getBoundingClientRect().top < 0;
  const found = sign > 0 ? list.find(isAfter) : list.findLast(isAfter);
  if (found) open(found);
  return found;
}

function finder() {
  const search = el("input", { type: "search", id: "search", autocomplete: "off", spellcheck: "false", placeholder: "text of a message" });
  const status = el("span", { class: "status", role: "status" });
  const find = sign => {
    const words = search.value.toLowerCase();
    const found = words ? rows.filter(row => row.textContent.toLowerCase().includes(words)) : [];
    status.textContent = words ? counted(found.length, "message") : "";
    if (found.length && !step(found, sign)) open(sign > 0 ? found[0] : found[found.length - 1]);
  };
  search.addEventListener("keydown", event => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    find(event.shiftKey ? -1 : 1);
    search.focus({ preventScroll: true });
  });
  const button = (words, key, sign) => el("button", { type: "button", title: `Key: ${key}`, disabled: !differing.length, onclick: () => step(differing, sign) }, words);
  return el("form", { class: "finder", role: "search", onsubmit: event => event.preventDefault() },
    el("label", {}, "Find in all messages (Enter)", search), status, button("Previous difference", "p", -1), button("Next difference", "n", 1));
}

if (rows.length) {
  document.querySelector("header").append(finder());
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, button, summary")) return;
    if (event.key === "n") step(differing, 1);
    else if (event.key === "p") step(differing, -1);
  });
  const go = () => {
    const row = document.getElementById(location.hash.slice(1));
    if (row && rows.includes(row)) open(row);
  };
  addEventListener("hashchange", go);
  go();
}
