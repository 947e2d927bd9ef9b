// The keyboard. Single letters rest while one types, or when the person switched them off.
import { dialog, make } from "./float.js";
import { edit, peek } from "./inplace.js";
import { move, open } from "./lists.js";
import { t } from "./words.js";

const SWITCH = "jiahe-keys";
const PLACES = { h: "/", c: "/customer/list", o: "/order/list", d: "/board/", b: "/bell/" };
const HELP = [
  ["/", "Search"], ["N", "New"], ["J K", "Move in the list"], ["Enter", "Open the row"], ["P", "Preview the row"], ["I", "Change a cell of the row"], ["F", "Find in this list"],
  ["M", "Write a note"], ["[ ]", "Previous or next record"], ["E", "Change this record"], ["1–9", "Take that step"], ["G H", "Go home"], ["G C", "Go to customers"], ["G O", "Go to orders"],
  ["G D", "Go to dispatch"], ["G B", "Go to notices"], ["Ctrl Enter", "Save or send"], ["Esc", "Close what is open"], ["?", "This help"],
];
let waiting = 0; // until when the second letter after g counts, milliseconds

const on = () => localStorage.getItem(SWITCH) !== "off";
const typing = (element) => element.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], .ts-wrapper");

function help() {
  const list = make("dl");
  for (const [keys, words] of HELP) {
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
  if (!url) return false;
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
    case "p": peek(); return true;
    case "i": edit(); return true;
    case "Enter": return open();
    default:
  }
  if (/^[1-9]$/.test(key)) return press(`[data-step="${key}"]`);
  return /^[a-z\][]$/.test(key) && press(`[data-key="${key}"]`);
}

function pressed(event) {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    const form = event.target.closest?.("form") || document.querySelector("form.rform");
    if (form) { event.preventDefault(); form.requestSubmit(); }
    return;
  }
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
  document.addEventListener("keydown", pressed);
  document.querySelectorAll("[data-help]").forEach((button) => button.addEventListener("click", help));
}
