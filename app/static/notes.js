// Notes: @ and some letters of a name offer the colleagues whom one sees; arrows choose, Enter takes.
import { make } from "./float.js";
import { ask } from "./net.js";
import { t } from "./words.js";

const WAIT = 150; // milliseconds of quiet before asking
const BEGUN = /@([^\s@]{0,20})$/;

function watch(area) {
  const list = make("div", { className: "people", role: "listbox", id: "people-found", "aria-label": t("Colleagues") });
  let timer = 0, latest = 0, at = 0;
  list.hidden = true;
  area.closest("form").append(list);
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-controls", list.id);
  const begun = () => BEGUN.exec(area.value.slice(0, area.selectionStart));
  const options = () => [...list.children];
  const open = (on) => {
    list.hidden = !on;
    if (!on) area.removeAttribute("aria-activedescendant");
  };
  const light = (n) => {
    const all = options();
    at = (n + all.length) % all.length;
    all.forEach((one, k) => one.setAttribute("aria-selected", String(k === at)));
    all[at].scrollIntoView({ block: "nearest" });
    area.setAttribute("aria-activedescendant", all[at].id);
  };
  const take = (name) => {
    const found = begun();
    if (found) area.setRangeText(`@${name} `, found.index, area.selectionStart, "end");
    open(false);
    area.focus();
  };
  const seek = async () => {
    const found = begun(), mine = ++latest;
    if (!found || !found[1]) return open(false);
    const people = await ask(`${area.dataset.mention}?q=${encodeURIComponent(found[1])}`).catch(() => []);
    if (mine !== latest || document.activeElement !== area || !people.length) return open(false);
    list.replaceChildren(...people.slice(0, 8).map((one, k) => {
      const option = make("div", { role: "option", id: `person-${k}`, text: one.label, "aria-selected": "false" });
      option.addEventListener("mousedown", (event) => { event.preventDefault(); take(one.label); });
      return option;
    }));
    list.style.top = `${area.offsetTop + area.offsetHeight}px`;
    open(true);
    light(0);
    return null;
  };
  area.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(seek, WAIT); });
  area.addEventListener("blur", () => open(false));
  area.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const down = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (down) { event.preventDefault(); light(at + down); }
    if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); take(options()[at].textContent); }
    if (event.key === "Escape") { event.stopPropagation(); open(false); }
  });
}

/** Begin to serve the notes of the page. */
export function start() {
  document.querySelectorAll("textarea[data-mention]").forEach(watch);
}
