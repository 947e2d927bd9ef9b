// The command palette, Ctrl-K: go, begin, take a step, search, switch. It offers what the server and the open page offer the reader, no more.
import { make, toast } from "./float.js";
import { ask, token } from "./net.js";
import { t } from "./words.js";

const WAIT = 200; // milliseconds of quiet before records are asked for
const EACH = 8; // lines of one group while something is typed
let offered = null; // fetched once, when first opened

/** How well `text` fits: 0 not at all; the beginning of a word counts more than its middle, and scattered letters least. */
export function fit(words, text) {
  let best = 0;
  for (const word of words) {
    const at = word.indexOf(text);
    if (word === text) best = Math.max(best, 100);
    else if (at === 0) best = Math.max(best, 80);
    else if (at > 0) best = Math.max(best, word[at - 1] === " " ? 60 : 40);
    else if (text.length > 1 && scattered(word, text)) best = Math.max(best, 10);
  }
  return best;
}

function scattered(word, text) {
  let at = -1;
  return [...text].every((letter) => letter === " " || (at = word.indexOf(letter, at + 1)) >= 0);
}

/** The steps and other deeds that the open page itself offers: pressing one here is pressing its button there. */
function here() {
  const items = [...document.querySelectorAll("main [data-step], main a[data-key], main button[data-key]")].filter((one) => !one.closest("[aria-disabled]")).map((one) => {
    const copy = one.cloneNode(true);
    copy.querySelectorAll(".n, .to, kbd, i").forEach((part) => part.remove());
    const label = copy.textContent.trim();
    return { label, icon: one.dataset.step ? "ti-player-play" : "ti-pencil", words: [label.toLowerCase()], press: one };
  });
  return items.length ? [{ label: t("On this page"), items }] : [];
}

async function commands() {
  offered ??= ask("/palette").catch((problem) => { offered = null; toast(problem.message, { kind: "warning" }); return { groups: [] }; });
  return [...here(), ...(await offered).groups];
}

function chosen(groups, text) {
  if (!text) return groups;
  const found = groups.map(({ label, items }) => {
    const scored = items.map((item) => [fit(item.words, text), item]).filter(([score]) => score);
    scored.sort((a, b) => b[0] - a[0]);
    return { label, best: scored[0]?.[0] ?? 0, items: scored.slice(0, EACH).map(([, item]) => item) };
  });
  return found.filter((group) => group.best).sort((a, b) => b.best - a.best);
}

function send(url, fields) {
  const form = make("form", { method: "post", action: url });
  for (const [name, value] of Object.entries({ csrf_token: token(), next: location.pathname + location.search, ...fields }))
    form.append(make("input", { type: "hidden", name, value }));
  document.body.append(form);
  form.requestSubmit();
}

function run(item, box) {
  box.close();
  if (item.url) location.assign(item.url);
  else if (item.send) send(...item.send);
  else if (item.press) {
    const details = item.press.closest("details");
    item.press.click();
    if (details?.open) { item.press.scrollIntoView({ block: "center" }); details.querySelector("textarea, input:not([type=hidden]), select")?.focus(); }
  }
}

function fill(list, groups) {
  let n = 0;
  const items = [];
  list.replaceChildren(...groups.map((group, g) => {
    const head = make("div", { className: "mut xs", id: `palette-g${g}`, text: group.label });
    return make("div", { role: "group", "aria-labelledby": head.id }, head, ...group.items.map((item) => {
      items.push(item);
      const option = make("div", { role: "option", id: `palette-${n++}`, "aria-selected": "false", className: "jh-cmd" },
        make("i", { className: `ti ${item.icon || "ti-file"}`, "aria-hidden": "true" }), make("span", { text: item.label }));
      if (item.detail) option.append(make("span", { className: "mut xs", text: item.detail }));
      return option;
    }));
  }));
  return items;
}

/** Open the palette; once more closes it. */
export async function open() {
  const there = document.querySelector("dialog.jh-palette");
  if (there) return there.close();
  const box = make("dialog", { className: "jh-palette", "aria-label": t("Commands") });
  const input = make("input", {
    className: "form-control", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-expanded": "true", "aria-controls": "palette-list",
    "aria-autocomplete": "list", "aria-label": t("Commands"), placeholder: t("Go, begin, take a step, or find a record"),
  });
  const list = make("div", { role: "listbox", id: "palette-list", "aria-label": t("Commands"), className: "jh-cmds" });
  const said = make("p", { className: "mut sm none", role: "status" });
  box.append(input, list, said);
  document.body.append(box);
  let items = [], at = -1, latest = 0, timer = 0, all = [], records = [];
  const light = (n) => {
    const options = list.querySelectorAll("[role=option]");
    options[at]?.setAttribute("aria-selected", "false");
    at = options.length ? (n + options.length) % options.length : -1;
    if (at < 0) return input.removeAttribute("aria-activedescendant");
    options[at].setAttribute("aria-selected", "true");
    options[at].scrollIntoView({ block: "nearest" });
    return input.setAttribute("aria-activedescendant", options[at].id);
  };
  const draw = () => {
    items = fill(list, [...chosen(all, input.value.trim().toLowerCase()), ...records]);
    said.textContent = items.length || !input.value.trim() ? "" : t("Nothing found");
    at = -1;
    light(0);
  };
  const seek = async () => {
    const mine = ++latest, text = input.value.trim();
    const found = text ? await ask(`/search?q=${encodeURIComponent(text)}`).catch(() => ({ groups: [] })) : { groups: [] };
    if (mine !== latest || !box.open) return;
    const kept = items[at];
    records = found.groups.map((group) => ({ label: group.label, items: group.rows.map((row) => ({ ...row, icon: group.icon })) }));
    draw();
    light(Math.max(items.findIndex((item) => item === kept), 0));
  };
  const typed = (event) => {
    if (event.isComposing) return;
    clearTimeout(timer);
    records = [];
    latest++;
    draw();
    timer = setTimeout(seek, WAIT);
  };
  input.addEventListener("input", typed);
  input.addEventListener("compositionend", typed);
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) { event.preventDefault(); light(at + by); }
    if (event.key === "Enter" && items[at]) { event.preventDefault(); run(items[at], box); }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); box.close(); }
  });
  box.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) run(items[[...list.querySelectorAll("[role=option]")].indexOf(option)], box);
    else if (event.target === box) box.close();
  });
  box.addEventListener("close", () => { clearTimeout(timer); latest++; box.remove(); });
  box.showModal();
  input.focus();
  all = await commands();
  if (box.open) draw();
  return null;
}

/** Begin to listen for Ctrl-K and for the bar's button. */
export function start() {
  if (!document.querySelector("[data-palette]")) return; // nobody is signed in
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (!document.querySelector("dialog[open]:not(.jh-palette)")) open();
  });
  document.querySelectorAll("[data-palette]").forEach((button) => button.addEventListener("click", open));
}
