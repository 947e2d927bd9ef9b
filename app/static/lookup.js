// Inputs that point to another record: type a few letters, choose from the first matches.
import { ask, script } from "./net.js";
import { begin } from "./short.js";
import { t } from "./words.js";

const SCRIPT = "vendor/tom-select/tom-select.complete.min.js";
const WAIT = 200; // milliseconds of quiet before asking

function address(select, asked) {
  const url = new URL(select.dataset.lookup, location.href);
  url.searchParams.set("q", asked);
  return url;
}

/** Turn one select into a search. The plain select stays when the script cannot be loaded. */
export async function attach(select) {
  if (select.tomselect) return;
  await script(SCRIPT, document.body.dataset.tomselect);
  if (!select.isConnected || select.tomselect) return;
  let latest = 0;
  const box = new window.TomSelect(select, {
    valueField: "id", labelField: "label", searchField: [], maxOptions: 50, loadThrottle: WAIT, preload: "focus", openOnFocus: true,
    placeholder: select.dataset.placeholder || t("Type to find"), allowEmptyOption: false, score: () => () => 1,
    ...(select.closest("[data-grid]") ? { dropdownParent: "body" } : {}), // a grid scrolls, and would cut it off
    plugins: select.required ? {} : { clear_button: { title: t("Clear") } },
    load: (asked, done) => {
      const mine = ++latest;
      ask(address(select, asked)).catch(() => []).then((found) => {
        if (mine === latest) box.clearOptions(); // an older answer that comes late adds nothing
        done(mine === latest ? found : []);
      });
    },
    create: select.dataset.new ? (typed, done) => begin(select.dataset.new, typed).then((made) => { done(made || undefined); box.focus(); }) : false,
    onInitialize: () => select.setAttribute("aria-hidden", "true"), // its box is what people meet
    render: {
      no_results: () => note(t("Nothing found")),
      loading: () => note(t("Loading…")),
      option_create: ({ input }) => { const made = note(t("New: “%s”", input)); made.className = "create"; return made; },
    },
  });
  if (select.dataset.new) createLast(box);
}

/** What is there comes first; to make a new one is the last option. */
function createLast(box) {
  const refresh = box.refreshOptions.bind(box);
  box.refreshOptions = (open) => {
    refresh(open);
    const create = box.dropdown_content.querySelector(".create");
    if (create) box.dropdown_content.append(create);
  };
}

function note(text) {
  const made = document.createElement("div");
  made.className = "no-results";
  made.textContent = text;
  return made;
}

/** Words as chips. Where the words are given, no others; else those that other rows hold are offered. */
async function tags(input) {
  await script(SCRIPT, document.body.dataset.tomselect);
  const known = input.dataset.choices && JSON.parse(input.dataset.choices).map(([value, text]) => ({ value, text }));
  input.value = input.value.split(/[,，、]\s*/).filter(Boolean).join(",");
  const load = (_asked, done) => ask(input.dataset.values).then((found) => done(found.map((value) => ({ value, text: value }))), () => done([]));
  new window.TomSelect(input, {
    create: !known, persist: false, delimiter: ",", plugins: { remove_button: { title: t("Take away") } }, ...(known ? { options: known, openOnFocus: true } : {}),
    onInitialize: () => input.setAttribute("aria-hidden", "true"),
    ...(input.dataset.values ? { load, preload: "focus", openOnFocus: true } : {}), maxOptions: 100, hidePlaceholder: true,
    render: { no_results: null, option_create: ({ input: typed }) => { const made = note(t("New: “%s”", typed)); made.className = "create"; return made; } },
  });
}

/** Suggestions from what other rows hold; those of a district are those of its city. The input stays free. */
function suggest(input) {
  const list = document.createElement("datalist");
  list.id = `${input.id}-values`;
  input.after(list);
  input.setAttribute("list", list.id);
  const outer = input.form?.elements[input.dataset.within];
  let asked = null;
  input.addEventListener("focus", async () => {
    const url = new URL(input.dataset.values, location.href);
    if (outer?.value) url.searchParams.set("within", outer.value);
    if (asked === url.href) return;
    asked = url.href;
    const found = await ask(url).catch(() => { asked = null; return []; });
    list.replaceChildren(...found.map((value) => { const option = document.createElement("option"); option.value = value; return option; }));
  });
}

/** Serve the inputs of a part of the page that came later. */
export function serve(place) {
  place.querySelectorAll("select[data-lookup]").forEach(attach);
  place.querySelectorAll("input[data-tags]").forEach(tags);
  place.querySelectorAll("input[data-values]:not([data-tags])").forEach(suggest);
}

/** Begin to serve the inputs of the page. */
export function start() {
  serve(document);
}
