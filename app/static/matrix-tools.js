// Beside the rights matrix: find a row, hold two roles side by side, copy one onto the other.
const table = document.querySelector("table.mx");
const tools = document.getElementById("mx-two");
const [left, right] = ["mx-a", "mx-b"].map((id) => document.getElementById(id));
const copy = document.getElementById("mx-copy"), said = document.getElementById("mx-diff");
const rows = () => [...table.tBodies[0].rows];
const input = (cell) => cell.querySelector("select,input");

/** What a cell amounts to, in words: its own value, or what it has as its group. */
function word(cell) {
  const one = input(cell);
  if (!one) return cell.textContent.trim();
  return one.value || (cell.className.match(/lv-(\d)/)?.[1] ?? "");
}

function find(text) {
  const wanted = text.trim().toLowerCase();
  for (const row of rows()) row.hidden = Boolean(wanted) && !row.cells[0].textContent.toLowerCase().includes(wanted);
}

function compare() {
  const [a, b] = [Number(left.value), Number(right.value)], both = a && b && a !== b;
  let other = 0;
  for (const row of rows()) {
    const differs = both && word(row.cells[a]) !== word(row.cells[b]);
    other += differs ? 1 : 0;
    [...row.cells].forEach((cell, n) => cell.classList.toggle("differs", differs && (n === a || n === b)));
  }
  said.textContent = both ? `${tools.dataset.same.replace("%s", rows().length - other)} · ${tools.dataset.other.replace("%s", other)}` : "";
  copy.disabled = !both || "locked" in right.selectedOptions[0].dataset;
}

function copied() {
  for (const row of rows()) {
    const from = row.cells[Number(left.value)], to = input(row.cells[Number(right.value)]);
    if (!to) continue;
    const value = input(from) ? input(from).value : (from.className.match(/lv-(\d)/)?.[1] ?? "");
    if (to.tagName === "SELECT" && ![...to.options].some((option) => option.value === value)) continue;
    to.value = value;
    to.dispatchEvent(new Event("change", { bubbles: true }));
  }
  compare();
}

document.getElementById("mx-find").addEventListener("input", (event) => find(event.target.value));
for (const one of [left, right]) one.addEventListener("change", compare);
table.addEventListener("change", compare);
copy.addEventListener("click", copied);
