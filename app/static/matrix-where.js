// Beside a condition of rights: build it by clicks, or begin with a saved view.
import { build } from "./builder.js";
import { dialog, make, toast } from "./float.js";
import { ask } from "./net.js";
import { t } from "./words.js";

const table = document.querySelector("table.mx").dataset.table, url = `/fields/${table}`;

async function tree(text) {
  return (await ask(`${url}?question=${encodeURIComponent(text)}`)).tree;
}

async function choose(button) {
  const input = button.previousElementSibling, place = make("div", { className: "q-form" });
  const saved = (await ask(`/api/v1/views/?model=${table}`)).result.filter((one) => one.question && !/(^|&)q=/.test(one.question));
  const views = make("select", { className: "form-select", "aria-label": t("Begin with a saved view") }, make("option", { value: "", text: t("Begin with a saved view") }));
  views.append(...saved.map((one) => make("option", { value: one.question, text: one.name })));
  let read = build(place, url, await tree(input.value), { deep: false }), where = null;
  views.addEventListener("change", async () => { read = build(place, url, await tree(views.value), { deep: false }); });
  const check = () => { where = read(); return where !== null; };
  if (await dialog(button.getAttribute("aria-label"), saved.length ? [views, place] : [place], { yes: t("Use it"), check })) {
    input.value = where ? `where=${where}` : "";
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
  }
}

document.querySelector("table.mx").addEventListener("click", (event) => {
  const button = event.target.closest("[data-where]");
  if (button) choose(button).catch((error) => toast(error.message, { kind: "danger" }));
});
