// The rights matrix by keyboard: 0-4 set a level, R follows the group again, arrows walk. Changed cells are counted.
import { t } from "./words.js";

const table = document.querySelector("table.mx");
const count = document.getElementById("mx-count");
const cells = () => [...table.tBodies[0].rows].map((row) => [...row.cells].slice(1).map((cell) => cell.querySelector("select")));

function walk(select, down, right) {
  const all = cells();
  let y = all.findIndex((row) => row.includes(select));
  let x = all[y].indexOf(select);
  do { y += down; x += right; } while (all[y] && x >= 0 && x < all[y].length && !all[y][x]);
  all[y]?.[x]?.focus();
}

function set(select, value) {
  if (![...select.options].some((option) => option.value === value)) return;
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

function tint(select, level) {
  const cell = select.closest("td");
  if (/^\d$/.test(level)) cell.className = `lv-${level}`;
  select.classList.toggle("own", select.value !== "");
  select.classList.toggle("changed", select.value !== select.dataset.was);
}

/** The fields below a group that say nothing of their own follow it. */
function follow(group) {
  const column = group.closest("td").cellIndex;
  const word = group.value === "" ? "" : group.selectedOptions[0].textContent;
  for (let row = group.closest("tr").nextElementSibling; row?.matches(".mx-field"); row = row.nextElementSibling) {
    const select = row.cells[column].querySelector("select");
    if (!select) continue;
    const none = select.querySelector('option[value=""]');
    if (none && word) none.textContent = table.dataset.follow.replace("%s", word);
    if (select.value === "") tint(select, group.value || "0");
  }
}

function groupOf(select) {
  const column = select.closest("td").cellIndex;
  let row = select.closest("tr");
  while (row && !row.matches(".mx-group")) row = row.previousElementSibling;
  return row?.cells[column].querySelector("select");
}

function changed({ target }) {
  if (!target.matches("select")) return;
  const row = target.closest("tr");
  tint(target, target.value || (row.matches(".mx-field") && groupOf(target)?.value) || "0");
  if (row.matches(".mx-group")) follow(target);
  const many = table.querySelectorAll("select.changed").length;
  count.textContent = many ? t("%s changed", many) : "";
}

table.addEventListener("change", changed);
table.addEventListener("keydown", (event) => {
  const select = event.target.closest("select");
  if (!select || event.ctrlKey || event.metaKey || event.altKey) return;
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (steps) walk(select, ...steps);
  else if (/^[0-4]$/.test(event.key)) set(select, event.key);
  else if (event.key.toLowerCase() === "r") set(select, "");
  else return;
  event.preventDefault();
});
