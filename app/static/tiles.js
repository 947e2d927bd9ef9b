// A dashboard: each tile fetches its own numbers when it comes into view; its owner puts tiles in order by mouse or keys.
import { make, toast } from "./float.js";
import { ask } from "./net.js";
import { plot, table } from "./plot.js";
import { t } from "./words.js";

function count(data) {
  const more = data.target ? [make("span", { className: "sub", text: `${data.target} · ${data.said}` })] : [];
  return make("a", { className: `tl-num t-${data.tint || "plain"}`, href: data.url }, make("b", { className: "fig", text: data.text }), ...more);
}

function line(row) {
  const link = make("a", { href: row.url }, row.text, make("span", { className: "sub", text: row.sub }));
  return make("div", { className: "li" }, link, ...(row.state ? [make("span", { className: `st st-${row.tint || "draft"}`, text: row.state })] : []));
}

async function fill(tile) {
  const body = tile.querySelector("[data-body]");
  const none = (text) => body.replaceChildren(make("p", { className: "mut none", text }));
  try {
    const data = await ask(tile.dataset.src);
    if (data.kind === "count") body.replaceChildren(count(data));
    else if (data.kind === "list") data.rows.length ? body.replaceChildren(...data.rows.map(line)) : none(data.empty);
    else if (!data.plot?.rows.length) none(t("Nothing to draw."));
    else {
      const place = make("div", { className: "plot" });
      body.replaceChildren(place, table(data.plot, data.title));
      await plot(place, data.plot, { renderer: "svg" });
    }
    tile.dataset.ready = data.kind;
  } catch {
    none(t("This tile could not be loaded."));
  }
}

const board = document.querySelector("[data-order]");
const all = () => [...document.querySelectorAll("[data-tile]")];

/** Put a tile at a place, here and for good; where that fails it goes back. */
async function move(tile, to, focus) {
  const before = all(), from = before.indexOf(tile), place = Math.min(Math.max(to, 0), before.length - 1);
  if (from === place) return;
  before[place][place > from ? "after" : "before"](tile);
  focus?.focus();
  try {
    const { message } = await ask(`/statistics/tile/${tile.dataset.tile}/move`, { form: { to: String(place) } });
    toast(message, { kind: "success", seconds: 3 });
  } catch (problem) {
    const now = all().filter((one) => one !== tile);
    now[from] ? now[from].before(tile) : now.at(-1).after(tile);
    toast(problem.message, { kind: "danger" });
  }
}

function ordering() {
  board.addEventListener("submit", (event) => {
    const step = Number(event.target.dataset.step);
    if (!step) return;
    event.preventDefault();
    const tile = event.target.closest("[data-tile]");
    move(tile, all().indexOf(tile) + step, event.target.querySelector("button"));
  });
  if (!matchMedia("(pointer: fine)").matches) return;
  let held = null;
  const clear = () => all().forEach((one) => one.classList.remove("over", "dragged"));
  // Only its head lifts a tile: its texts and menus stay usable.
  board.addEventListener("pointerdown", (event) => {
    const tile = event.target.closest("[data-tile]");
    if (tile) tile.draggable = Boolean(event.target.closest(".card-h")) && !event.target.closest("form, details, a");
  });
  board.addEventListener("dragstart", (event) => {
    held = event.target.closest?.("[data-tile]");
    if (!held) return;
    held.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
  });
  board.addEventListener("dragover", (event) => {
    const over = event.target.closest("[data-tile]");
    if (!held || !over) return;
    event.preventDefault();
    all().forEach((one) => one.classList.toggle("over", one === over && one !== held));
  });
  board.addEventListener("drop", (event) => {
    const over = event.target.closest("[data-tile]");
    event.preventDefault();
    if (held && over) move(held, all().indexOf(over));
    clear();
  });
  board.addEventListener("dragend", () => { clear(); held = null; });
}

const watch = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) if (isIntersecting) { watch.unobserve(target); fill(target); }
}, { rootMargin: "160px" });
all().forEach((tile) => watch.observe(tile));
if (board) ordering();
