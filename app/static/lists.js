// Lists: a whole row opens its record, and j and k move a cursor.

const rows = () => [...document.querySelectorAll("table[data-rows] tbody tr[data-url], .rpane table tbody tr[data-url]")]
  .filter((row) => row.offsetParent !== null);

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
  if (row) location.assign(row.dataset.url);
  return Boolean(row);
}

function rowClicks() {
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-url]");
    if (!row || event.target.closest("a, button, input, label, select") || String(getSelection())) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.url, "_blank", "noopener");
    else location.assign(row.dataset.url);
  });
}

/** Begin to serve the lists of the page. */
export function start() {
  rowClicks();
}
