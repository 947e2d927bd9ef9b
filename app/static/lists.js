// Lists: a whole row opens its record, and j and k move a cursor.

const link = (row) => row.querySelector("a.row-link")?.href;
const rows = () => [...document.querySelectorAll("table[data-rows] tbody tr, .rpane table tbody tr")]
  .filter((row) => link(row) && row.offsetParent !== null);

/** On a phone a row is a card: each cell says which column it is. */
export function label(table) {
  const words = [...table.querySelectorAll("thead th")].map((th) => th.textContent.trim());
  for (const row of table.querySelectorAll("tbody tr:has(.row-link)"))
    [...row.cells].forEach((cell, n) => { cell.dataset.label ??= words[n] ?? ""; });
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
  document.dispatchEvent(new Event("jh:moved"));
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

/** Begin to serve the lists of the page. */
export function start() {
  document.querySelectorAll("table.lt").forEach(label);
  rowClicks();
}
