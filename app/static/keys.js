// The keyboard. Single letters rest while one types, or when the person switched them off.
import { dialog, make } from "./float.js";
import { edit, peek } from "./inplace.js";
import { move, open } from "./lists.js";
import { t } from "./words.js";

const SWITCH = "jiahe-keys";
const PLACES = { h: "/", c: "/customer/list", o: "/order/list", d: "/board/", b: "/bell/" };
const HELP = [
  ["Ctrl K", "Commands: go, begin, take a step"], ["/", "Search"], ["N", "New"], ["J K", "Move in the list"], ["Enter", "Open the row"], ["P", "Preview the row"],
  ["I", "Change a cell of the row"], ["F", "Find in this list"], ["[ ]", "Previous or next page or record"], ["M", "Write a note"], ["E", "Change this record"], ["1–9", "Take that step"],
  ["1–9", "Assign that carer"], ["Alt 1–9", "Choose that service"], ["0–4 R", "Set a right, or take it back"], ["G H", "Go home"], ["G C", "Go to customers"], ["G O", "Go to orders"],
  ["G D", "Go to dispatch"], ["G B", "Go to notices"], ["Ctrl Enter", "Save or send"], ["Esc", "Close what is open"], ["?", "This help"],
];
const NEEDS = { // what must stand on the page for a key to do anything
  "Commands: go, begin, take a step": "[data-palette]", "Search": "#search", "New": '[data-key="n"], #new-menu', "Move in the list": "a.row-link, .board .wait", "Open the row": "a.row-link, .board .wait",
  "Preview the row": "table[data-columns] a.row-link", "Change a cell of the row": "table[data-columns] th[data-edit]", "Find in this list": '[data-key="f"]', 
  "Previous or next page or record": '[data-key="["], [data-key="]"]', "Write a note": '[data-key="m"]', "Change this record": '[data-key="e"]', "Take that step": "[data-step]", "Assign that carer": ".board", "Choose that service": "form.desk .choices",
  "Set a right, or take it back": "table.mx", "Save or send": "main form[method=post]",
};
let waiting = 0; // until when the second letter after g counts, milliseconds

const on = () => localStorage.getItem(SWITCH) !== "off";
const typing = (element) => element.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], .ts-wrapper");

const door = (url) => url && document.querySelector(`.jh-rail a[href="${url}"], .jh-top a[href="${url}"]`);

/** Whether a key does something on this page, for this person. */
function inForce(keys, words) {
  if (keys.startsWith("G ")) return Boolean(door(PLACES[keys.at(-1).toLowerCase()]));
  return !NEEDS[words] || Boolean(document.querySelector(NEEDS[words]));
}

function help() {
  const list = make("dl");
  for (const [keys, words] of HELP.filter((line) => inForce(...line))) {
    const term = make("dt");
    keys.split(" ").forEach((key) => term.append(make("kbd", { text: key }), " "));
    list.append(term, make("dd", { text: t(words) }));
  }
  const box = make("input", { type: "checkbox", className: "form-check-input" });
  box.checked = on();
  box.addEventListener("change", () => localStorage.setItem(SWITCH, box.checked ? "on" : "off"));
  dialog(t("Keys"), [list, make("label", { className: "flag" }, box, make("span", { text: t("Single-letter keys on") }))]);
}

function press(selector) {
  const found = document.querySelector(selector);
  if (!found) return false;
  if (found.matches("input, select, textarea")) { found.focus(); found.select?.(); } else found.click();
  return true;
}

function go(letter) {
  waiting = 0;
  const url = PLACES[letter];
  if (!door(url)) return false;
  location.assign(url);
  return true;
}

function single(key) {
  if (waiting > Date.now()) return go(key);
  switch (key) {
    case "/": return press('.jh-search input, input[data-key="/"], input[type=search]');
    case "?": help(); return true;
    case "j": case "ArrowDown": move(1); return key === "j";
    case "k": case "ArrowUp": move(-1); return key === "k";
    case "g": waiting = Date.now() + 1500; return true;
    case "n": return press('[data-key="n"]') || press("#new-menu a:only-child, #new-menu summary");
    case "p": return press('[data-key="p"]') || (peek(), true);
    case "i": edit(); return true;
    case "Enter": return open();
    default:
  }
  if (/^[1-9]$/.test(key)) return press(`[data-step="${key}"]`);
  return /^[a-z\][]$/.test(key) && press(`[data-key="${key}"]`);
}

/** Ctrl Enter, before an open list of choices takes the Enter for itself. */
function sent(event) {
  if (!(event.ctrlKey || event.metaKey) || event.key !== "Enter" || event.isComposing) return;
  const form = event.target.closest?.("form") || document.querySelector("form.rform");
  if (!form) return;
  event.preventDefault();
  event.stopPropagation();
  form.requestSubmit();
}

function pressed(event) {
  if (event.key === "Escape") {
    if (typing(event.target)) event.target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?" ) { event.preventDefault(); help(); return; }
  if (event.key === "Enter" && event.target.closest?.("a, button, summary")) return;
  if (event.key.startsWith("Arrow") && !document.querySelector("table[data-rows] tr.cur")) return;
  if (on() && single(event.key)) event.preventDefault();
}

/** Begin to listen. */
export function start() {
  document.addEventListener("keydown", sent, true);
  document.addEventListener("keydown", pressed);
  document.querySelectorAll("[data-help]").forEach((button) => button.addEventListener("click", help));
}
