// Rows of other records within a form: added from a pattern, struck out when they are to go. Rows nobody touched are not sent.
import { serve } from "./lookup.js";

const PATTERN = /__n__/g;
let count = 0;

/** Put a new row at the end of a grid; with `key` one of that name. */
export function add(grid, key = "") {
  const template = grid.querySelector("template"), body = grid.querySelector("tbody");
  if (!template) return null;
  let name = key;
  while (!name || body.querySelector(`[data-row="${name}"]`)) name = `new${++count}`;
  const holder = document.createElement("tbody");
  holder.innerHTML = template.innerHTML.replace(PATTERN, name);
  const row = holder.firstElementChild;
  row.dataset.touched = "1";
  body.append(row);
  serve(row);
  document.dispatchEvent(new CustomEvent("jh:served", { detail: row }));
  return row;
}

/** The rows that a draft has and the page has not. */
export function ensure(form, names) {
  for (const name of names) {
    const [word, table, key] = name.split(":");
    if (word !== "line" || /^\d+$/.test(key ?? "")) continue;
    const grid = form.querySelector(`[data-grid="${CSS.escape(table)}"]`);
    if (grid && /^[\w-]+$/.test(key) && !grid.querySelector(`[data-row="${key}"]`)) add(grid, key);
  }
}

function watch(grid) {
  const touch = (event) => {
    const row = event.target.closest("tr[data-row]");
    if (!row) return;
    row.dataset.touched = "1";
    if ("remove" in event.target.dataset) {
      if (/^\d+$/.test(row.dataset.row)) row.classList.toggle("gone", event.target.checked);
      else { row.remove(); grid.querySelector("[data-add-row]")?.focus(); }
    }
  };
  grid.addEventListener("input", touch);
  grid.addEventListener("change", touch);
  grid.querySelectorAll("tr:has(.f-err), tr.gone").forEach((row) => { row.dataset.touched = "1"; });
  grid.querySelector("[data-add-row]")?.addEventListener("click", (event) => {
    event.preventDefault();
    const row = add(grid);
    const first = row?.querySelector("select, input:not([type=hidden]), textarea");
    setTimeout(() => (first?.tomselect ?? first)?.focus(), 60); // its search box comes a moment later
  });
}

/** Begin to serve the grids of the page. */
export function start() {
  const grids = [...document.querySelectorAll("[data-grid]")];
  grids.forEach(watch);
  const form = grids[0]?.form ?? grids[0]?.closest("form");
  if (!form) return;
  const back = form.querySelector(".form-note[role=alert]") !== null; // it came back: what stands here differs from what is kept
  form.addEventListener("formdata", (event) => {
    if (back) return;
    for (const row of form.querySelectorAll("tr[data-row]:not([data-touched])")) {
      row.querySelectorAll("[name]").forEach((one) => {
        event.formData.delete(one.name);
        if (one.name === "__flags") { const kept = event.formData.getAll("__flags").filter((name) => name !== one.value); event.formData.delete("__flags"); kept.forEach((name) => event.formData.append("__flags", name)); }
      });
    }
  });
}
