// The search box of the top bar: matches of every kind of record appear while one types; arrows choose, Enter opens.
import { make } from "./float.js";
import { ask } from "./net.js";
import { t } from "./words.js";

const WAIT = 200; // milliseconds of quiet before asking

function panel(box, input) {
  const list = make("div", { className: "jh-found", id: "search-found", role: "listbox", "aria-label": t("Search") });
  list.hidden = true;
  box.append(list);
  const set = { role: "combobox", "aria-expanded": "false", "aria-controls": "search-found", "aria-autocomplete": "list" };
  for (const [name, value] of Object.entries(set)) input.setAttribute(name, value);
  return list;
}

/** Begin to serve the search box. */
export function start() {
  const input = document.getElementById("search"), box = input?.closest("form");
  if (!box) return;
  const list = panel(box, input);
  let timer = 0, latest = 0, at = -1;
  const options = () => [...list.querySelectorAll("[role=option]")];
  const open = (on) => {
    list.hidden = !on;
    input.setAttribute("aria-expanded", String(on));
    if (!on) { at = -1; input.removeAttribute("aria-activedescendant"); }
  };
  const light = (n) => {
    const all = options();
    all[at]?.setAttribute("aria-selected", "false");
    at = (n + all.length) % all.length;
    all[at].setAttribute("aria-selected", "true");
    all[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", all[at].id);
  };
  const show = (groups) => {
    let n = 0;
    list.replaceChildren(...groups.map((group) => make("div", { role: "group", "aria-label": group.label }, make("div", { className: "mut xs", text: group.label, "aria-hidden": "true" }),
      ...group.rows.map((row) => make("a", { href: row.url, role: "option", id: `found-${n++}`, "aria-selected": "false", tabindex: "-1" },
        make("b", { text: row.label }), make("span", { className: "mut xs", text: ` ${row.detail}` }))))));
    if (!groups.length) list.append(make("div", { className: "mut sm", text: t("Nothing found") }));
    open(true);
  };
  const seek = async () => {
    const mine = ++latest, text = input.value.trim();
    if (!text) return open(false);
    const found = await ask(`/search?q=${encodeURIComponent(text)}`).catch(() => null);
    if (found && mine === latest && document.activeElement === input) show(found.groups);
    return null;
  };
  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(seek, WAIT);
  });
  input.addEventListener("compositionend", () => { clearTimeout(timer); timer = setTimeout(seek, WAIT); });
  input.addEventListener("keydown", (event) => {
    const down = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (down && !list.hidden && options().length) { event.preventDefault(); light(at < 0 && down < 0 ? -1 : at + down); }
    if (event.key === "Enter" && at >= 0 && !event.isComposing) { event.preventDefault(); location.assign(options()[at].href); }
    if (event.key === "Escape") open(false);
  });
  document.addEventListener("click", (event) => { if (!box.contains(event.target)) open(false); });
  box.addEventListener("focusout", (event) => { if (event.relatedTarget && !box.contains(event.relatedTarget)) open(false); });
}
