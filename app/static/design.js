// The layout of a form, made on the form itself: fields and sections move, hide, and get rules. Nothing is kept before it is tried as a draft.
import { dialog, make, toast } from "./float.js";
import { ask } from "./net.js";
import { chinese, inChinese, t } from "./words.js";

const form = document.querySelector("form[data-design]"), bar = document.querySelector("[data-design-bar]");
const shape = JSON.parse(form.dataset.design), needed = new Set(shape.needed), tabs = shape.tabs, titles = {};
const said = bar.querySelector("[data-said]"), columns = form.querySelector(".form-cols");
const label = (slot) => slot.startsWith("§") ? titles[slot.slice(1)] : shape.labels[slot];
const tell = (slot) => { said.textContent = t("%s moved", label(slot)); };

function button(icon, words, act) {
  const made = make("button", { type: "button", className: "jh-ib", "aria-label": words, title: words }, make("i", { className: `ti ${icon}`, "aria-hidden": "true" }));
  made.addEventListener("click", () => { act(); made.focus(); });
  return made;
}

function choice(words, options, value, act) {
  const made = make("select", { className: "form-select form-select-sm", "aria-label": words });
  options.forEach(([code, word]) => made.append(new Option(word, code, false, code === value)));
  made.addEventListener("change", () => act(made.value));
  return made;
}

/** The expressions of a field or a section, checked by the server while they are typed. */
async function rule(slot, mark) {
  const parts = [["shown", t("Shown where")], ["needed", t("Needed where")], ["readonly", t("Read only where")]];
  const rows = parts.map(([part, words]) => {
    const input = make("input", { className: "form-control", name: part, maxlength: "1000", autocomplete: "off", value: shape.rules[slot]?.[part] ?? "" });
    const hint = make("span", { className: "form-hint", text: part === "shown" ? t("Nothing is always.") : t("“yes” is always; nothing is as it was.") });
    let turn = 0;
    input.addEventListener("input", async () => {
      const mine = ++turn;
      await new Promise((done) => { setTimeout(done, 250); });
      if (mine !== turn || !input.value.trim()) return;
      try {
        await ask(`${shape.urls.check}?e=${encodeURIComponent(input.value)}`);
        if (mine === turn) { hint.textContent = t("This can be read."); hint.classList.remove("bad"); }
      } catch (error) {
        if (mine === turn) { hint.textContent = error.message; hint.classList.add("bad"); }
      }
    });
    return make("label", { className: "fld" }, make("span", { className: "form-label", text: words }), input, hint);
  });
  if (!await dialog(label(slot), rows, { yes: t("Use it") })) return;
  shape.rules[slot] = Object.fromEntries(rows.map((row) => row.querySelector("input")).filter((one) => one.value.trim()).map((one) => [one.name, one.value.trim()]));
  marked(slot, mark);
}

function marked(slot, mark) {
  const found = shape.rules[slot] ?? {};
  mark.textContent = [found.shown && `${t("Shown where")}: ${found.shown}`, found.needed && `${t("Needed where")}: ${found.needed}`, found.readonly && `${t("Read only where")}: ${found.readonly}`].filter(Boolean).join(" · ");
}

const places = () => [...columns.querySelectorAll("[data-section]")].filter((one) => one.dataset.section !== "").map((one) => [one.dataset.section, titles[one.dataset.section]]);
const grid = (key) => columns.querySelector(`[data-section="${CSS.escape(key)}"] .form-grid`);

function step(one, to, slot) {
  const other = to < 0 ? one.previousElementSibling : one.nextElementSibling;
  if (!other || (one.matches("fieldset") && !other.matches("fieldset[data-section]:not([data-section=''])"))) return;
  if (to < 0) other.before(one); else other.after(one);
  tell(slot);
}

function tool(name, key) {
  const box = form.querySelector(`.fld[data-field="${CSS.escape(name)}"]`) ?? make("div", { className: "fld", "data-field": name }, make("span", { className: "form-label", text: shape.labels[name] }));
  box.querySelectorAll("input, select, textarea").forEach((one) => { one.disabled = true; one.removeAttribute("required"); });
  const mark = make("span", { className: "xs mut dsg-rule" }), options = [...places(), ...(needed.has(name) ? [] : [["", t("Hidden")]])];
  const into = choice(t("Section of “%s”", shape.labels[name]), options, key, (to) => { grid(to).append(box); tell(name); into.focus(); });
  box.append(make("div", { className: "dsg-tools" },
    button("ti-arrow-up", t("Move %s up", shape.labels[name]), () => step(box, -1, name)),
    button("ti-arrow-down", t("Move %s down", shape.labels[name]), () => step(box, 1, name)),
    button("ti-settings", t("Rules of %s", shape.labels[name]), () => rule(name, mark)), into, mark));
  box.classList.add("dsg-f");
  box.draggable = true;
  box.hidden = false;
  marked(name, mark);
  grid(key).append(box);
}

function headed(section, key) {
  const head = section.querySelector("legend"), mark = make("span", { className: "xs mut dsg-rule" });
  if (key !== "") {
    const home = tabs.findIndex((tab) => tab.sections.includes(key));
    head.append(make("span", { className: "end dsg-tools" },
      choice(t("Tab of “%s”", titles[key]), tabs.map((tab, n) => [String(n), word(tab)]), String(Math.max(home, 0)), (n) => place(key, Number(n))),
      button("ti-arrow-up", t("Move %s up", titles[key]), () => step(section, -1, `§${key}`)),
      button("ti-arrow-down", t("Move %s down", titles[key]), () => step(section, 1, `§${key}`)),
      button("ti-settings", t("Rules of %s", titles[key]), () => rule(`§${key}`, mark))), mark);
    marked(`§${key}`, mark);
  }
  section.addEventListener("dragover", (event) => event.preventDefault());
  section.addEventListener("drop", (event) => {
    const box = form.querySelector(".dsg-f.dragged"), before = event.target.closest(".dsg-f");
    event.preventDefault();
    if (!box || (key === "" && needed.has(box.dataset.field))) return;
    if (before && before !== box) before.before(box); else if (!before) grid(key).append(box);
    box.querySelector("select[aria-label].form-select-sm").value = key;
    tell(box.dataset.field);
  });
}

const word = (tab) => (chinese ? tab.zh : tab.en || tab.zh) || tab.en;

function place(key, n) {
  tabs.forEach((tab) => { tab.sections = tab.sections.filter((one) => one !== key); });
  tabs[n]?.sections.push(key);
}

function drawTabs() {
  const row = bar.querySelector("[data-tabs-of]"), add = row.querySelector("[data-new-tab]");
  row.querySelectorAll("[data-tab-name]").forEach((one) => one.remove());
  tabs.forEach((tab, n) => {
    const away = button("ti-x", t("Remove the tab “%s”", word(tab)), () => { tabs.splice(n, 1); drawTabs(); });
    add.before(make("span", { className: "jtag", "data-tab-name": "" }, word(tab), away));
  });
  columns.querySelectorAll("[data-section]:not([data-section='']) legend .dsg-tools select").forEach((select) => {
    const key = select.closest("[data-section]").dataset.section, home = tabs.findIndex((tab) => tab.sections.includes(key));
    select.replaceChildren(...tabs.map((tab, n) => new Option(word(tab), String(n), false, n === Math.max(home, 0))));
    select.hidden = !tabs.length;
  });
}

async function newTab() {
  const inputs = [["zh", t("Name in Chinese")], ["en", t("Name in English")]].map(([name, words]) => make("label", { className: "fld" }, make("span", { className: "form-label", text: words }), make("input", { className: "form-control", name, maxlength: "40", autocomplete: "off" })));
  if (!await dialog(t("New tab"), inputs, { yes: t("Use it") })) return;
  const [zh, en] = inputs.map((one) => one.querySelector("input").value.trim());
  if (!zh && !en) return;
  if (!tabs.length) tabs.push({ zh: inChinese("Basics"), en: "Basics", sections: places().map(([key]) => key) });
  tabs.push({ zh: zh || en, en, sections: [] });
  drawTabs();
}

function whole() {
  const names = (section) => [...section.querySelectorAll(".dsg-f")].map((one) => one.dataset.field);
  const sections = [...columns.querySelectorAll("[data-section]")];
  return {
    sections: sections.filter((one) => one.dataset.section).map((one) => [one.dataset.section, names(one)]),
    hidden: names(sections.find((one) => one.dataset.section === "")), rules: shape.rules, tabs,
  };
}

function begin() {
  shape.sections.forEach(({ key, title }) => { titles[key] = title; });
  const made = shape.sections.map(({ key, title, fields }) => {
    const there = columns.querySelector(`[data-section="${CSS.escape(key)}"]`);
    const section = there ?? make("fieldset", { className: "card form-sec", "data-section": key }, make("legend", { className: "card-h" }, make("h2", { text: title })), make("div", { className: "form-grid" }));
    return [section, key, fields];
  });
  const away = make("fieldset", { className: "card form-sec dsg-away", "data-section": "" }, make("legend", { className: "card-h" }, make("h2", { text: t("Hidden") })), make("div", { className: "form-grid" }));
  made.push([away, "", shape.hidden]);
  columns.prepend(...made.map(([section]) => section));
  made.forEach(([section, key]) => headed(section, key));
  made.forEach(([, key, fields]) => fields.forEach((name) => tool(name, key)));
  form.querySelectorAll(".form-end, .form-grid > .pair").forEach((one) => one.remove());
  form.addEventListener("dragstart", (event) => {
    event.dataTransfer.setData("text/plain", ""); // without it some browsers drag nothing
    event.target.closest?.(".dsg-f")?.classList.add("dragged");
  });
  form.addEventListener("dragend", () => form.querySelectorAll(".dragged").forEach((one) => one.classList.remove("dragged")));
  form.addEventListener("submit", (event) => { event.preventDefault(); event.stopImmediatePropagation(); keep(); }, true);
  drawTabs();
}

async function keep() {
  try {
    const sent = { shape: JSON.stringify(whole()), role: shape.role, device: shape.device };
    location.href = (await ask(shape.urls.keep, { form: sent })).url;
  } catch (error) {
    toast(error.message, { kind: "danger" });
  }
}

begin();
bar.querySelector("[data-keep]").addEventListener("click", keep);
bar.querySelector("[data-new-tab]").addEventListener("click", newTab);
bar.querySelectorAll("[data-go]").forEach((one) => one.addEventListener("change", () => { location.href = one.value; }));
