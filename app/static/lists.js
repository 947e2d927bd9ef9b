// Lists: a whole row opens its record, j and k move a cursor, and the filter row fits its field.
import { attach } from "./lookup.js";
import { t } from "./words.js";

const link = (row) => row.querySelector("a.row-link")?.href;
const rows = () => [...document.querySelectorAll("table[data-rows] tbody tr, .rpane table tbody tr")]
  .filter((row) => link(row) && row.offsetParent !== null);

/** On a phone a row is a card: each cell says which column it is. */
function labels() {
  for (const table of document.querySelectorAll("table.lt")) {
    const words = [...table.querySelectorAll("thead th")].map((th) => th.textContent.trim());
    for (const row of table.querySelectorAll("tbody tr:has(.row-link)"))
      [...row.cells].forEach((cell, n) => { cell.dataset.label ??= words[n] ?? ""; });
  }
}

/** Move the cursor by `step` rows and bring it into view. */
export function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains("cur"));
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  all[at]?.classList.remove("cur");
  next.classList.add("cur");
  next.scrollIntoView({ block: "nearest" });
  next.querySelector(".row-link")?.focus({ preventScroll: true });
}

/** Open the row under the cursor; false when there is none. */
export function open() {
  const row = rows().find((one) => one.classList.contains("cur"));
  if (row) location.assign(link(row));
  return Boolean(row);
}

function rowClicks() {
  document.addEventListener("click", (event) => {
    const row = event.target.closest("table.lt tbody tr");
    if (!row || !link(row) || event.target.closest("a, button, input, label, select") || String(getSelection())) return;
    if (event.ctrlKey || event.metaKey) window.open(link(row), "_blank", "noopener");
    else location.assign(link(row));
  });
}

function option(value, text) {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = text;
  return made;
}

function select(pairs) {
  const made = document.createElement("select");
  made.className = "form-select";
  made.append(...pairs.map(([value, text]) => option(value, text)));
  return made;
}

/** The control that holds a value of this field under this operator. */
function control(field, operator) {
  const { kind, lookup } = field.dataset;
  const choices = JSON.parse(field.dataset.choices || "[]");
  if (operator === "empty") return select([["1", t("not filled")], ["0", t("filled")]]);
  if (kind === "flag") return select([["1", t("yes")], ["0", t("no")]]);
  if (choices.length) {
    const made = select(choices);
    if (operator === "in") { made.multiple = true; made.size = Math.min(choices.length, 5); }
    return made;
  }
  if (lookup) {
    const made = select([["", ""]]);
    made.dataset.lookup = lookup;
    return made;
  }
  const input = document.createElement("input");
  input.className = "form-control";
  input.autocomplete = "off";
  input.type = { day: "date", moment: "date", phone: "tel" }[kind] || "text";
  if (["money", "number", "whole"].includes(kind)) input.inputMode = "decimal";
  return input;
}

function filterRow(form) {
  const [field, how, place] = [form.elements.f, form.elements.o, form.querySelector("[data-value]")];
  const all = [...how.options].map((one) => [one.value, one.textContent]);
  const words = Object.fromEntries(all);
  const chosen = () => field.selectedOptions[0];
  const value = () => {
    place.querySelector(".form-control, .form-select, .ts-wrapper")?.remove();
    place.querySelectorAll(".ts-wrapper, select, input").forEach((old) => old.remove());
    const made = control(chosen(), how.value);
    made.name = "v";
    made.required = true;
    place.append(made);
    if (made.dataset.lookup) attach(made);
  };
  const operators = () => {
    how.replaceChildren(...chosen().dataset.operators.split(",").map((code) => option(code, words[code])));
    value();
  };
  field.addEventListener("change", operators);
  how.addEventListener("change", value);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const sent = new URLSearchParams([...new FormData(form)].filter(([name]) => !["f", "o", "v"].includes(name)));
    const held = form.elements.v;
    const text = held.multiple ? [...held.selectedOptions].map((one) => one.value).join(",") : held.value;
    if (!text) { held.focus(); return; }
    sent.append(how.value === "eq" ? field.value : `${field.value}.${how.value}`, text);
    location.assign(`${form.getAttribute("action")}?${sent}`);
  });
  operators();
}

/** Begin to serve the lists of the page. */
export function start() {
  labels();
  rowClicks();
  document.querySelectorAll("form[data-filter]").forEach(filterRow);
}
