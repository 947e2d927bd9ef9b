// What a form can tell before it is sent: which inputs are asked for, an end before its start, a number with a slip in it.
// The server has the last word; see app/engine/wanted.py and app/engine/values.py.
import * as expr from "./expr.js";
import { make } from "./float.js";
import { t } from "./words.js";

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** What is wrong with an identity number (GB 11643), or nothing. */
export function idnumber(text) {
  const bare = text.normalize("NFKC").replace(/[\s-]/g, "").toUpperCase();
  if (!/^\d{17}[\dX]$/.test(bare)) return t("An identity number has 17 digits and a digit or X.");
  const [year, month, day] = [bare.slice(6, 10), bare.slice(10, 12), bare.slice(12, 14)], born = new Date(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(born.getTime()) || born.getUTCDate() !== Number(day) || born > new Date()) return t("The birthday in this identity number does not exist. Check for a typing error.");
  const sum = WEIGHTS.reduce((all, weight, n) => all + weight * bare[n], 0);
  return "10X98765432"[sum % 11] === bare[17] ? "" : t("The last place of this identity number does not fit the others. Check for a typing error.");
}

function tell(input, words) {
  const id = `c-${input.id}`, there = document.getElementById(id);
  there?.remove();
  const others = (input.getAttribute("aria-describedby") ?? "").split(/\s+/).filter((one) => one && one !== id);
  input.classList.toggle("is-invalid", Boolean(words));
  if (words) {
    (input.closest(".fld, td") ?? input.parentElement).append(make("div", { className: "f-err", id, role: "alert", text: words }));
    others.push(id);
    input.setAttribute("aria-invalid", "true");
  } else input.removeAttribute("aria-invalid");
  if (others.length) input.setAttribute("aria-describedby", others.join(" "));
  else input.removeAttribute("aria-describedby");
}

function left({ target }) {
  if (target.dataset?.sealed === "idnumber") tell(target, target.value.trim() ? idnumber(target.value) : "");
}

function ordered({ target }) {
  const form = target.form;
  for (const end of form ? form.querySelectorAll("[data-after]") : []) {
    const start = form.elements[end.dataset.after];
    if (start && (target === end || target === start)) tell(end, start.value && end.value && end.value < start.value ? t("The end must come after the start.") : "");
  }
}

/** Beside a period: how long it is. */
function long(pair) {
  const [from, to] = pair.querySelectorAll("input[type=date], input[type=datetime-local]"), shown = pair.querySelector("output.span");
  if (!from || !to) return;
  const show = () => {
    const minutes = (new Date(to.value) - new Date(from.value)) / 60000;
    if (Number.isNaN(minutes) || minutes < 0) { shown.textContent = ""; return; }
    const days = from.type === "date" ? Math.round(minutes / 1440) + 1 : Math.floor(minutes / 1440), rest = from.type === "date" ? 0 : Math.round(minutes % 1440);
    const parts = [[days, days === 1 ? "1 day" : "%s days"], [Math.floor(rest / 60), "%s h"], [rest % 60, "%s min"]];
    shown.textContent = parts.filter(([n]) => n).map(([n, words]) => t(words, n)).join(" ");
  };
  pair.addEventListener("input", show);
  pair.addEventListener("change", show);
  show();
}

const number = (text) => text.trim() === "" ? NaN : Number(text.replace(/[¥￥,，\s]/g, ""));

const COMPARE = {
  eq: (a, b) => a === b, ne: (a, b) => a !== b, gt: (a, b) => a > b, ge: (a, b) => a >= b, lt: (a, b) => a < b, le: (a, b) => a <= b,
};

const knows = new WeakMap();

/** What the server says of fields that have no input here. */
function known(form) {
  if (!knows.has(form)) knows.set(form, JSON.parse(form.dataset.known || "{}"));
  return knows.get(form);
}

/** Whether a condition holds for what stands in a form; undefined where the page cannot know. As on the server, nothing passes no comparison. */
export function holds(node, form) {
  if (node.expr) return expr.holds(node.expr, form, known(form));
  if (node.terms) {
    const found = node.terms.map((term) => holds(term, form));
    if (found.includes(undefined)) return undefined;
    return node.mode === "any" ? found.some(Boolean) : node.mode === "none" ? !found.some(Boolean) : found.every(Boolean);
  }
  const input = form.elements[node.path];
  if (!input) return undefined;
  const held = input.type === "checkbox" ? (input.checked ? "1" : "0") : input.value;
  if (node.how === "empty") return (held === "") === (node.value !== "0");
  if (held === "") return false;
  if (node.how === "in") return String(node.value).split(",").includes(held);
  const pair = [number(held), number(String(node.value))], both = pair.every((one) => !Number.isNaN(one)) ? pair : [held, String(node.value)];
  return COMPARE[node.how]?.(...both);
}

/** An input that the layout shuts shows what is kept, and is not sent; it opens again where the rule holds no more. */
function shut(part, on) {
  if (on === part.classList.contains("is-shut")) return;
  part.classList.toggle("is-shut", on);
  for (const one of part.querySelectorAll("input, select, textarea, button")) {
    if (on && !one.disabled) {
      if (one.type === "checkbox") one.checked = one.defaultChecked;
      else if (one.tomselect) one.tomselect.setValue(one.dataset.first ?? "", true);
      else if (one.matches("select")) [...one.options].forEach((option) => { option.selected = option.defaultSelected; });
      else one.value = one.defaultValue;
    }
    one.disabled = on;
    if (one.tomselect) one.tomselect[on ? "disable" : "enable"]();
  }
  part.querySelector(".shut-mark")?.remove();
  if (on) part.querySelector(".form-label, .flag")?.append(make("i", { className: "ti ti-lock mut shut-mark", role: "img", "aria-label": t("Read only") }));
}

function dependent(form) {
  const parts = [...form.querySelectorAll("[data-shown], [data-needed], [data-laid], [data-readonly]")];
  if (!parts.length || form.dataset.design) return;
  const control = (part) => part.querySelector(".form-control[name], .form-select[name], select[name], input[type=checkbox][name]");
  const holdsStill = (part) => holds(JSON.parse(part.dataset.shown), form) !== false;
  const look = () => parts.forEach((part) => {
    const one = part.matches("fieldset") ? null : control(part), said = (what) => part.dataset[what] ? holds(JSON.parse(part.dataset[what]), form) : undefined;
    const shown = said("shown"), laid = said("laid"), needed = said("needed");
    // What the layout alone hides keeps what it holds: see the listener of "submit".
    if (shown !== undefined || laid !== undefined) part.hidden = shown === false || laid === false;
    if (part.dataset.readonly) shut(part, said("readonly") === true);
    if (!one || needed === undefined) return;
    part.querySelector(".form-label")?.classList.toggle("req", needed);
    one.toggleAttribute("required", needed && !part.hidden && !part.closest("fieldset[hidden]") && !one.tomselect);
    one.setAttribute("aria-required", String(needed));
  });
  form.addEventListener("input", look);
  form.addEventListener("change", look);
  form.addEventListener("submit", () => parts.filter((part) => part.hidden && part.dataset.shown && !holdsStill(part)).forEach((part) => { // what is not asked for is not said
    const one = control(part);
    if (one?.tomselect) one.tomselect.clear(true);
    else if (one) one.value = "";
  }));
  look();
}

/** The tabs of a form, or of a record's page: one is open, and one in which something is wrong opens by itself. */
function tabbed(form) {
  const bar = form.querySelector("[data-tabs]");
  if (!bar || form.dataset.design) return;
  const parts = [...form.querySelectorAll("[data-tab]")], tabs = [...bar.querySelectorAll("[data-tab-of]")];
  const open = (n) => {
    parts.forEach((part) => part.classList.toggle("tab-off", part.dataset.tab !== n));
    tabs.forEach((tab) => { const on = tab.dataset.tabOf === n; tab.setAttribute("aria-selected", String(on)); tab.classList.toggle("on", on); tab.tabIndex = on ? 0 : -1; });
  };
  bar.hidden = false;
  bar.addEventListener("click", (event) => { const tab = event.target.closest("[data-tab-of]"); if (tab) open(tab.dataset.tabOf); });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], next = step && tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
    if (next) { open(next.dataset.tabOf); next.focus(); }
  });
  form.addEventListener("invalid", (event) => { const part = event.target.closest(".tab-off"); if (part) open(part.dataset.tab); }, true);
  open(form.querySelector("[data-tab]:has(.f-err)")?.dataset.tab ?? tabs[0].dataset.tabOf);
}

/** Begin to watch the forms of the page. */
export function start() {
  document.addEventListener("focusout", left);
  document.addEventListener("change", ordered);
  document.querySelectorAll("form.rform").forEach((form) => { dependent(form); tabbed(form); });
  document.querySelectorAll("[data-tabbed]").forEach(tabbed); // the details of a record
  document.querySelectorAll("[data-pair]").forEach(long);
}
