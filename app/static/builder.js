// The builder above a list: conditions in groups that ask for all, any or none. Apply writes the question into the address.
import { make, toast } from "./float.js";
import { attach } from "./lookup.js";
import { ask } from "./net.js";
import { t } from "./words.js";

const PLAIN = /^[^\s,()"\\\0](?:[^,()"\\\0\n\r]*[^\s,()"\\\0])?$/;
const OPENS = { all: "(", any: "or(", none: "not(" };
const TYPES = { day: "date", moment: "date", phone: "tel" };
const known = new Map(); // address -> the fields there
const readers = new WeakMap(); // row or group -> how to read it

const quoted = (text) => (PLAIN.test(text) ? text : `"${text.replace(/(["\\])/g, "\\$1")}"`);

/** The written form of a tree, as app/engine/conditions.py has it; empty for a tree without conditions. */
export function written(node) {
  if (!node.mode) {
    const parts = ["in", "bt"].includes(node.how) ? node.value.split(",") : [];
    if (["empty", "me"].includes(node.how) && node.value === "1") return `${node.path}.${node.how}`;
    return `${node.path}.${node.how}.${parts.length > 1 ? `(${parts.map(quoted).join(",")})` : quoted(node.value)}`;
  }
  const terms = node.terms.map(written).filter(Boolean);
  return terms.length ? `${OPENS[node.mode]}${terms.join(",")})` : "";
}

const load = (url) => {
  if (!known.has(url)) known.set(url, ask(url));
  return known.get(url);
};

function select(pairs, label, chosen) {
  const made = make("select", { className: "form-select", "aria-label": label });
  made.append(...pairs.map(([value, text]) => make("option", { value, text })));
  if (chosen !== undefined && pairs.some(([value]) => value === chosen)) made.value = chosen;
  return made;
}

function input(type, label, value = "", more = {}) {
  const made = make("input", { className: "form-control", type, "aria-label": label, autocomplete: "off", ...more });
  made.value = value;
  return made;
}

/** The controls that hold a value of a field under an operator, and how to read them. */
function controls(field, how, leaf, periods) {
  const label = t("Value"), given = leaf.value ?? "", one = (made) => [[made], () => made.value];
  if (how === "me") return [[], () => "1"];
  if (how === "empty") return one(select([["1", t("not filled")], ["0", t("filled")]], label, given));
  if (how === "when") return period(given, periods, label);
  if (how === "yearly") return one(input("number", label, given, { min: "0", max: "366" }));
  if (how === "bt") {
    const [from = "", to = ""] = given.split(","), type = TYPES[field.kind] || "text";
    const ends = [input(type, t("from"), from), input(type, t("up to"), to)];
    return [ends, () => (ends.every((end) => end.value) ? ends.map((end) => end.value.replaceAll(",", "")).join(",") : "")];
  }
  if (field.kind === "flag") return one(select([["1", t("yes")], ["0", t("no")]], label, given));
  if (field.choices.length && how === "in") {
    const made = select(field.choices, label), wanted = given.split(",");
    made.multiple = true;
    made.size = Math.min(field.choices.length, 5);
    for (const option of made.options) option.selected = wanted.includes(option.value);
    return [[made], () => [...made.selectedOptions].map((option) => option.value).join(",")];
  }
  if (field.choices.length) return one(select(field.choices, label, given));
  if (field.lookup_url) {
    const made = select([["", ""], ...(given ? [[given, leaf.label || given]] : [])], label, given);
    made.dataset.lookup = field.lookup_url;
    return one(made);
  }
  const mode = ["money", "number", "whole"].includes(field.kind) ? { inputmode: "decimal" } : {};
  return one(input(TYPES[field.kind] || "text", label, given, mode));
}

function period(given, periods, label) {
  const [, word, number] = given.match(/^(last_|next_|older_)([0-9]+)$/) || [null, given, "30"];
  const which = select(periods, label, word), days = input("number", t("Days"), number, { min: "0", max: "9999" });
  const counted = () => which.value.endsWith("_");
  const show = () => { days.hidden = !counted(); };
  which.addEventListener("change", show);
  show();
  return [[which, days], () => (counted() ? days.value && which.value + days.value : which.value)];
}

function remover(box, label) {
  const made = make("button", { type: "button", className: "btn btn-s q-remove", "aria-label": label, title: label }, make("i", { className: "ti ti-x", "aria-hidden": "true" }));
  made.addEventListener("click", () => {
    const near = box.nextElementSibling || box.previousElementSibling || box.closest(".q-group");
    box.remove();
    near.querySelector("select, button")?.focus();
  });
  return made;
}

/** One condition: which field, over links if wanted, how, and with what. */
function row(base, leaf = {}) {
  const box = make("div", { className: "q-row" }), places = make("span", { className: "q-fields" });
  const how = select([], t("How")), held = make("span", { className: "q-value" });
  const levels = [];
  let read = () => "", field, periods = [], latest = 0;
  const value = (wanted = {}) => {
    const [made, reader] = controls(field, how.value, wanted, periods);
    read = reader;
    held.replaceChildren(...made);
    made.filter((one) => one.dataset.lookup).forEach(attach);
  };
  const operators = (wanted = {}) => {
    how.replaceChildren(...field.operators.map(([code, text]) => make("option", { value: code, text })));
    if (field.operators.some(([code]) => code === wanted.how)) how.value = wanted.how;
    value(wanted);
  };
  const path = () => levels.map((one) => one.select.value).filter(Boolean);
  const level = async (names, wanted) => {
    const mine = ++latest, n = levels.length, of = path().join(".");
    const got = await load(`${base.url}?of=${of}`);
    if (mine !== latest) return;
    periods = got.periods;
    const pairs = got.fields.map((one) => [one.name, one.deeper && base.deep ? `${one.label} ›` : one.label]);
    const made = select(n ? [["", t("itself")], ...pairs] : pairs, t("Field"), names[0]);
    levels.push({ select: made, fields: got.fields });
    places.append(made);
    const chosen = (further, kept) => {
      levels.splice(n + 1).forEach((one) => one.select.remove());
      const last = levels.findLast((one) => one.select.value);
      field = last.fields.find((one) => one.name === last.select.value);
      if (made.value && field.deeper && base.deep) {
        operators(kept);
        return level(further, kept);
      }
      latest += 1;
      operators(kept);
      return null;
    };
    made.addEventListener("change", () => chosen([], {}));
    await chosen(names.slice(1), wanted);
  };
  how.addEventListener("change", () => value());
  box.append(places, how, held, remover(box, t("Remove this condition")));
  const begin = level((leaf.path || "").split("."), leaf).catch((error) => toast(error.message, { kind: "danger" }));
  readers.set(box, () => {
    const node = { path: path().join("."), how: how.value, value: String(read()).trim() };
    box.classList.toggle("missing", !node.value);
    return node;
  });
  return [box, begin];
}

/** Some conditions and groups, of which all, any or none must hold. */
function group(base, node, top) {
  const box = make("fieldset", { className: "q-group" }), terms = make("div", { className: "q-terms" });
  const modes = [["all", t("all of these")], ["any", t("any of these")], ["none", t("none of these")]];
  const mode = select(modes, t("Match"), node.mode);
  const add = (made) => { terms.append(made); return made; };
  const plus = (text, act) => {
    const button = make("button", { type: "button", className: "btn btn-s" }, make("i", { className: "ti ti-plus", "aria-hidden": "true" }), text);
    button.addEventListener("click", act);
    return button;
  };
  const condition = async () => {
    const [made, ready] = row(base);
    add(made);
    await ready;
    made.querySelector("select")?.focus();
  };
  const inner = () => add(group(base, { mode: mode.value === "any" ? "all" : "any", terms: [{}] }, false)).querySelector("select").focus();
  box.append(make("div", { className: "q-head" }, make("span", { className: "mut sm", text: t("Match") }), mode, ...(top ? [] : [remover(box, t("Remove this group"))])), terms);
  box.append(make("div", { className: "q-foot" }, plus(t("Add condition"), condition), plus(t("Add group"), inner)));
  for (const term of node.terms) add(term.mode ? group(base, term, false) : row(base, term)[0]);
  readers.set(box, () => ({ mode: mode.value, terms: [...terms.children].map((one) => readers.get(one)()) }));
  return box;
}

/** Build a question inside `place`. `read()` gives its written form, or null while something is missing. */
export function build(place, url, tree, { deep = true } = {}) {
  const whole = group({ url, deep }, tree.terms.length ? tree : { mode: "all", terms: [{}] }, true);
  place.replaceChildren(whole);
  return () => {
    const found = readers.get(whole)(), missing = place.querySelector(".q-row.missing");
    if (!missing) return written(found);
    missing.querySelector(".q-value input, .q-value select, select")?.focus();
    toast(t("Fill in each condition, or remove it."), { kind: "info" });
    return null;
  };
}

function opened(box) {
  const form = make("form", { className: "card q-form", novalidate: "" }), place = make("div");
  const read = build(place, box.dataset.builder, JSON.parse(box.dataset.tree));
  form.append(place, make("div", { className: "q-end" }, make("button", { className: "btn btn-primary", text: t("Apply") })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const where = read();
    if (where === null) return;
    const pairs = [...(where ? [["where", where]] : []), ...JSON.parse(box.dataset.kept)];
    const text = pairs.map((pair) => pair.map(encodeURIComponent).join("=")).join("&").replaceAll("%2C", ",");
    location.assign(`${box.dataset.list}${text ? `?${text}` : ""}`);
  });
  box.querySelector("form").replaceWith(form);
}

/** Begin to serve the builder and the form that saves a view. */
export function start() {
  const box = document.querySelector("details[data-builder]");
  box?.addEventListener("toggle", () => { if (box.open) opened(box); }, { once: true });
  const audience = document.querySelector(".saver-form [name=audience]");
  const show = () => document.querySelectorAll(".saver-form [data-for]").forEach((one) => { one.hidden = one.dataset.for !== audience.value; });
  audience?.addEventListener("change", show);
  if (audience) show();
}
