// What was typed into a form and not saved is kept in this browser, for the same login, and offered when the form is opened again.
// Sealed fields (phones, identity numbers), passwords and files are never kept. Saving, throwing away and signing out end it.
import { make } from "./float.js";
import { ensure } from "./grid.js";
import { t } from "./words.js";

const PREFIX = "jiahe-draft:";
const QUIET = 300; // milliseconds without typing before it is kept
const DAYS = 14; // for so long
let over = false; // somebody signed out: nothing more is kept
const SAVED = 60000; // milliseconds after sending in which a page that says so means this form

const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

function read(key) {
  try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
}

function write(key, draft) {
  try { localStorage.setItem(key, JSON.stringify(draft)); } catch { /* full or switched off: the form works without */ }
}

/** The inputs that may be kept, by name. */
function inputs(form) {
  return [...form.elements].filter((one) => one.name && !one.name.startsWith("__") && !["csrf_token", "version"].includes(one.name)
    && !["hidden", "password", "file", "submit", "button"].includes(one.type) && !("sealed" in one.dataset));
}

const value = (one) => one.type === "checkbox" ? (one.checked ? "1" : "") : one.value;

function standing(one) {
  if (one.type === "checkbox") return one.defaultChecked ? "1" : "";
  if (one.matches("select")) return [...one.options].find((option) => option.defaultSelected)?.value ?? one.options[0]?.value ?? "";
  return one.dataset.tags === undefined ? one.defaultValue : one.defaultValue.replace(/,\s*/g, ",");
}

function put(one, held, label) {
  const box = one.tomselect;
  if (one.type === "checkbox") one.checked = held === "1";
  else if (box && one.matches("select")) { box.addOption({ id: held, label: label || held }); box.setValue(held, true); }
  else if (box) box.setValue(held.split(",").filter(Boolean), true);
  else {
    if (one.matches("select") && ![...one.options].some((option) => option.value === held)) one.append(new Option(label || held, held));
    one.value = held;
  }
  one.dispatchEvent(new Event("input", { bubbles: true }));
  one.dispatchEvent(new Event("change", { bubbles: true }));
}

function serve(form) {
  const key = `${PREFIX}${form.dataset.draft}:${location.pathname}${location.search}`;
  const before = read(key), version = form.elements.version?.value ?? "";
  const first = new Map(inputs(form).map((one) => [one, standing(one)])); // before anything rebuilds an input
  let kept = before?.values ?? {}, labels = before?.labels ?? {}, timer = 0;
  const keep = (sent = 0) => {
    clearTimeout(timer);
    if (over) return;
    const changed = inputs(form).filter((one) => value(one) !== (first.get(one) ?? ""));
    for (const one of changed) {
      kept = { ...kept, [one.name]: value(one) };
      if (one.matches("select")) labels = { ...labels, [one.name]: one.selectedOptions[0]?.textContent ?? "" };
    }
    if (Object.keys(kept).length) write(key, { at: Date.now(), version: before?.version ?? version, sent, values: kept, labels });
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(keep, QUIET); };
  const differing = inputs(form).filter((one) => one.name in kept && kept[one.name] !== value(one));
  const more = Object.keys(kept).filter((name) => name.startsWith("line:") && !form.elements[name]); // rows that were added
  const restore = () => {
    ensure(form, more);
    [...differing, ...inputs(form).filter((one) => more.includes(one.name))].forEach((one) => put(one, kept[one.name], labels[one.name]));
  };
  if (differing.length || more.length) offer(form, before, version, restore, () => { kept = {}; localStorage.removeItem(key); });
  else if (before?.sent) write(key, { ...before, sent: 0 }); // it came back with something to mend
  let typed = false;
  form.addEventListener("input", () => { typed = true; later(); });
  form.addEventListener("change", () => { typed = true; later(); });
  form.addEventListener("submit", () => keep(Date.now()));
  addEventListener("pagehide", () => { if (typed && !form.dataset.sent) keep(); });
}

function offer(form, draft, version, restore, drop) {
  const note = make("div", { className: "note note-info form-note draft-note", role: "status" });
  const words = make("div", { text: t("You began this on %s and did not save it.", new Date(draft.at).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" })) });
  if (draft.version !== version) words.append(" ", t("Somebody has changed it since; what you typed wins where you restore it."));
  const yes = make("button", { type: "button", className: "btn btn-s btn-primary", text: t("Restore"), "data-restore": "" });
  const no = make("button", { type: "button", className: "btn btn-s", text: t("Throw away"), "data-drop": "" });
  yes.addEventListener("click", () => { restore(); note.replaceChildren(make("div", { text: t("Restored. Save to keep it.") })); form.querySelector(".form-grid :is(input, select, textarea)")?.focus(); });
  no.addEventListener("click", () => { drop(); note.remove(); });
  note.append(words, make("span", { className: "acts" }, yes, no));
  form.querySelector(".jh-head").after(note);
}

/** End what is saved, too old, or somebody's who signs out. */
function tidy() {
  const success = document.querySelector(".jh-toast.is-success");
  for (const key of keys()) {
    const draft = read(key), base = key.slice(key.indexOf(":", PREFIX.length) + 1).split("/")[1];
    const saved = success && draft?.sent && Date.now() - draft.sent < SAVED && location.pathname.startsWith(`/${base}/`);
    if (!draft || saved || Date.now() - draft.at > DAYS * 86400000) localStorage.removeItem(key);
  }
  document.addEventListener("submit", (event) => {
    if (new URL(event.target.action, location.href).pathname !== "/logout/") return;
    over = true;
    keys().forEach((key) => localStorage.removeItem(key));
  });
}

/** Begin to keep what is typed into the record forms of the page. */
export function start() {
  tidy();
  document.querySelectorAll("form[data-draft]").forEach(serve);
}
