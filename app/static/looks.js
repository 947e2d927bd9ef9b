// How a list looks: the panel of columns, widths by dragging, groups that open, totals. All of it stands in the address.
import { make, toast } from "./float.js";
import { ask, token } from "./net.js";
import { label } from "./lists.js";
import { t } from "./words.js";

const NARROW = 40, WIDE = 900, STEP = 16; // pixels
const here = () => new URL(location.href);

/** The address with some words changed, on the first page. */
function changed(words) {
  const url = here();
  url.searchParams.delete("after");
  for (const [name, value] of Object.entries(words)) value ? url.searchParams.set(name, value) : url.searchParams.delete(name);
  return url.href.replaceAll("%2C", ",").replaceAll("%3A", ":");
}

/** {name: width} as the address has it, in the order of the columns. */
function widths() {
  const said = (here().searchParams.get("cols") || "").split(",").filter(Boolean).map((part) => part.split(":"));
  return new Map(said.map(([name, width]) => [name, width || ""]));
}

const written = (pairs) => pairs.map(([name, width]) => (width ? `${name}:${width}` : name)).join(",");

function line(field, shown) {
  const box = make("input", { type: "checkbox", className: "form-check-input" });
  box.checked = shown;
  const up = make("button", { type: "button", className: "jh-ib", "aria-label": t("Move %s up", field.label), text: "↑" });
  const row = make("li", { draggable: "true", "data-name": field.name }, make("label", { className: "flag" }, box, make("span", { text: field.label })), up);
  up.addEventListener("click", () => { row.previousElementSibling?.before(row); up.focus(); });
  row.addEventListener("dragstart", () => row.classList.add("dragged"));
  row.addEventListener("dragend", () => row.classList.remove("dragged"));
  row.addEventListener("dragover", (event) => {
    event.preventDefault();
    const moved = row.parentElement.querySelector(".dragged");
    if (moved && moved !== row) event.offsetY > row.offsetHeight / 2 ? row.after(moved) : row.before(moved);
  });
  return row;
}

function choose(label_, name, pairs, value) {
  const select = make("select", { className: "form-select", name });
  for (const [code, words] of pairs) select.append(make("option", { value: code, text: words }));
  select.value = value;
  return make("label", { className: "fld" }, make("span", { className: "form-label", text: label_ }), select);
}

async function fill(place, table) {
  const { fields, standard, groups } = await ask(place.dataset.looks);
  const said = widths(), shown = said.size ? [...said.keys()] : standard;
  const known = new Map(fields.map((field) => [field.name, field]));
  const rest = fields.filter((field) => !shown.includes(field.name));
  const list = make("ul", { className: "cols" });
  for (const name of shown) if (known.has(name)) list.append(line(known.get(name), true));
  for (const field of rest) list.append(line(field, false));
  const group = choose(t("Group by"), "group", [["", t("(not grouped)")], ...groups], here().searchParams.get("group") || "");
  const dense = choose(t("Row height"), "density", [["", t("comfortable")], ["compact", t("compact")]], document.documentElement.dataset.density || "");
  dense.addEventListener("change", async (event) => {
    document.documentElement.dataset.density = event.target.value;
    await ask("/prefs", { form: { density: event.target.value } }).catch((problem) => toast(problem.message, { kind: "danger" }));
  });
  const apply = make("button", { type: "button", className: "btn btn-primary", text: t("Apply") });
  const reset = make("button", { type: "button", className: "btn", text: t("As it was") });
  apply.addEventListener("click", () => {
    const names = [...list.children].filter((row) => row.querySelector("input").checked).map((row) => row.dataset.name);
    const plain = names.join() === standard.join() && ![...said.values()].some(Boolean);
    location.assign(changed({ cols: plain ? "" : written(names.map((name) => [name, said.get(name)])), group: group.querySelector("select").value }));
  });
  reset.addEventListener("click", () => location.assign(changed({ cols: "", group: "" })));
  place.replaceChildren(list, group, dense, make("span", { className: "acts" }, apply, reset));
  list.querySelector("input")?.focus();
}

/** Let go of an edge: the address keeps the widths, and so does every link of the page to this list. */
function keep(table) {
  const said = widths();
  const pairs = [...table.tHead.rows[0].cells].filter((th) => th.dataset.name).map((th) => [th.dataset.name, th.dataset.width || said.get(th.dataset.name)]);
  const cols = written(pairs);
  history.replaceState(null, "", changed({ cols }));
  for (const link of document.querySelectorAll("a[href*='/list']")) {
    const url = new URL(link.href);
    if (url.pathname !== location.pathname) continue;
    url.searchParams.set("cols", cols);
    link.href = url.href;
  }
}

function edges(table) {
  const heads = [...table.tHead.rows[0].cells];
  const fix = () => {
    if (table.classList.contains("sized")) return;
    const now = heads.map((th) => th.offsetWidth);
    heads.forEach((th, n) => { th.style.width = `${now[n]}px`; });
    table.classList.add("sized");
  };
  const set = (th, width) => {
    fix();
    th.dataset.width = Math.round(Math.min(Math.max(width, NARROW), WIDE));
    th.style.width = `${th.dataset.width}px`;
    const col = table.querySelectorAll("col")[heads.indexOf(th)];
    if (col) col.width = th.dataset.width;
    th.querySelector(".edge")?.setAttribute("aria-valuenow", th.dataset.width);
  };
  for (const [th, now] of heads.filter((one) => one.dataset.name).map((one) => [one, one.offsetWidth])) {
    const edge = make("span", {
      className: "edge", role: "separator", tabindex: "0", "aria-orientation": "vertical", "aria-valuenow": String(now), "aria-label": t("Width of %s", th.textContent.trim()),
    });
    edge.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const from = event.clientX, width = th.offsetWidth;
      const moved = (now) => set(th, width + now.clientX - from);
      edge.setPointerCapture(event.pointerId);
      edge.addEventListener("pointermove", moved);
      edge.addEventListener("pointerup", () => { edge.removeEventListener("pointermove", moved); keep(table); }, { once: true });
    });
    edge.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      set(th, th.offsetWidth + by);
      keep(table);
    });
    th.append(edge);
  }
}

async function addUp(table) {
  const { sums } = await ask(table.dataset.totals);
  for (const [name, { sum, average }] of Object.entries(sums)) {
    const cell = table.querySelector(`[data-sum="${name}"]`);
    cell?.replaceChildren(make("b", { text: sum || "—" }), ...(average ? [make("small", { className: "mut", text: t("average %s", average) })] : []));
  }
  const button = table.querySelector("[data-add-up]");
  button?.replaceWith(t("Total"));
}

function totals(table) {
  const button = table.querySelector("[data-add-up]");
  const begin = () => addUp(table).catch((problem) => toast(problem.message, { kind: "danger" }));
  button ? button.addEventListener("click", begin) : begin();
}

async function unfold(button) {
  const body = button.closest("tbody"), open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  if (open) { [...body.rows].slice(1).forEach((row) => row.remove()); return; }
  const answer = await fetch(button.dataset.group, { credentials: "same-origin", headers: { "X-CSRFToken": token() } });
  if (!answer.ok) return toast(t("Not possible now. Try again."), { kind: "danger" });
  body.insertAdjacentHTML("beforeend", await answer.text());
  label(body.closest("table"));
}

/** Begin to serve the list of the page, where there is one. */
export function start() {
  const place = document.querySelector("[data-looks]"), table = document.querySelector("table[data-columns]");
  place?.closest("details").addEventListener("toggle", (event) => {
    if (event.target.open && !place.children.length) fill(place).catch((problem) => toast(problem.message, { kind: "danger" }));
  });
  if (!table) return;
  edges(table);
  if (table.dataset.totals) totals(table);
  table.addEventListener("click", (event) => {
    const button = event.target.closest("[data-group]");
    if (button) unfold(button);
  });
}
