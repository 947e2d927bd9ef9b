// Inputs that point to another record: type a few letters, choose from the first matches.
import { ask, script } from "./net.js";
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
    plugins: select.required ? [] : ["clear_button"],
    load: (asked, done) => {
      const mine = ++latest;
      ask(address(select, asked)).catch(() => []).then((found) => {
        if (mine === latest) box.clearOptions(); // an older answer that comes late adds nothing
        done(mine === latest ? found : []);
      });
    },
    render: {
      no_results: () => note(t("Nothing found")),
      loading: () => note(t("Loading…")),
    },
  });
}

function note(text) {
  const made = document.createElement("div");
  made.className = "no-results";
  made.textContent = text;
  return made;
}

async function tags(input) {
  await script(SCRIPT, document.body.dataset.tomselect);
  new window.TomSelect(input, { create: true, persist: false, delimiter: ",", plugins: ["remove_button"], render: { no_results: null } });
}

/** Begin to serve the inputs of the page. */
export function start() {
  document.querySelectorAll("select[data-lookup]").forEach(attach);
  document.querySelectorAll("input[data-tags]").forEach(tags);
}
