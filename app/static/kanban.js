// A list as a board: a card goes to another column by dragging or by its menu. The server judges; what it refuses goes back.
import { dialog, make, toast } from "./float.js";
import { label } from "./lists.js";
import { attach } from "./lookup.js";
import { ask, token } from "./net.js";
import { t } from "./words.js";

const board = document.querySelector("[data-board]");
const graph = JSON.parse(board?.dataset.graph || "{}");
const lanes = () => [...board.querySelectorAll("[data-lane]")];
const laneOf = (card) => card.closest("[data-lane]");
const laneAt = (code) => lanes().find((lane) => lane.dataset.lane === code);
const able = (card) => card.dataset.ways.split(" ").filter(Boolean);
const called = (card) => card.querySelector(".row-link").textContent.trim();

/** The steps of a card that lead to a column; of a plain field that may be set, "*". */
function ways(card, lane) {
  if (lane === laneOf(card)) return [];
  return able(card).filter((name) => name === "*" || graph[name]?.to === lane.dataset.lane);
}

/** Why a card may not go there, in words. */
function why(card, lane) {
  const from = laneOf(card).dataset;
  if (board.dataset.board !== "state" || Object.values(graph).some((step) => step.to === lane.dataset.lane && step.from.includes(from.lane)))
    return t("Not part of your role.");
  return t("No step leads from “%s” to “%s”.", from.label).replace("%s", lane.dataset.label);
}

/** Some buttons in a dialog; resolves to the value of the one that was pressed, or null. */
async function pick(heading, pairs, shut = []) {
  let chosen = null;
  const buttons = pairs.map(([value, words]) => {
    const button = make("button", { type: "button", className: "btn", text: words });
    button.addEventListener("click", () => { chosen = value; button.closest("dialog").close(); });
    return button;
  });
  const closed = shut.map(([words, reason]) => make("div", { className: "kb-shut" }, make("span", { className: "btn", "aria-disabled": "true", text: words }), make("span", { className: "xs mut", text: reason })));
  await dialog(heading, [...buttons, ...closed]);
  return chosen;
}

/** Whether some step leads from where this one ends to where it begins. */
function wayBack(step) {
  return Object.values(graph).some((other) => other.from.includes(step.to) && step.from.includes(other.to));
}

/** What a step asks for, typed into a dialog; null when it was left. */
async function inputs(name) {
  const step = graph[name];
  if (!step || (!step.asks.length && !step.danger)) return {};
  const controls = step.asks.map((one) => [one, one.lookup ? make("select", { className: "form-select", name: one.name, "data-lookup": one.lookup }, make("option", { value: "" }))
    : make("textarea", { className: "form-control", name: one.name, rows: "2" })]);
  const body = controls.map(([one, control]) => make("label", { className: "fld" }, make("span", { className: one.required ? "form-label req" : "form-label", text: one.label }), control));
  const check = () => {
    body.forEach((place) => place.querySelector(".f-err")?.remove());
    const missing = controls.filter(([one, control]) => one.required && !control.value.trim());
    missing.forEach(([one, control]) => control.closest(".fld").append(make("div", { className: "f-err", role: "alert", text: t(one.lookup ? "Choose one." : "Fill this in.") })));
    return !missing.length;
  };
  if (step.danger && !wayBack(step)) body.push(make("p", { className: "note note-wait", text: t("No step leads back from there.") }));
  const asked = dialog(step.label, body, { yes: step.label, danger: step.danger, check });
  for (const [one, control] of controls) if (one.lookup) await attach(control);
  if (!await asked) return null;
  return Object.fromEntries(controls.map(([one, control]) => [`in-${one.name}`, control.value]));
}

async function go(card, lane) {
  if (lane === laneOf(card)) return;
  const found = ways(card, lane);
  if (!found.length) { toast(why(card, lane), { kind: "warning" }); return; }
  const step = found.length > 1 ? await pick(t("Which step?"), found.map((name) => [name, graph[name].label])) : found[0];
  const given = step && await inputs(step);
  if (given) await send(card, lane, step, given);
}

async function send(card, lane, step, given) {
  const from = laneOf(card), home = card.parentElement, next = card.nextElementSibling;
  lane.querySelector("tbody").prepend(card);
  card.classList.add("going");
  const form = { to: lane.dataset.lane, version: card.dataset.version, ...(step === "*" ? {} : { step }), ...given };
  try {
    const answer = await ask(board.dataset.move.replace("/move/0", `/move/${card.dataset.card}`), { form });
    const made = settled(card, answer, lane);
    card.dataset.version = answer.version;
    const act = answer.back && from ? [t("Undo"), () => undo(made ?? card, from, answer.back)] : null;
    toast(answer.html.includes("data-card") ? answer.message : `${answer.message} ${t("It no longer fits the question of this list, so it left the board.")}`, { kind: "success", act });
  } catch (problem) {
    if (home) home.insertBefore(card, next); else card.remove();
    card.classList.remove("going");
    toast(problem.message, { kind: "danger" });
  }
  card.isConnected && card.querySelector(".row-link").focus({ preventScroll: true });
}

/** Back to where it was: by the step that leads there, with what that step asks for. */
async function undo(card, lane, step) {
  const given = await inputs(step);
  if (given) await send(card, lane, step, given);
}

/** Put the card as it is now in the place of the one that was moved, and the counts as they are now. */
function settled(card, answer, lane) {
  const holder = make("tbody");
  holder.innerHTML = answer.html;
  const made = holder.querySelector("[data-card]");
  if (made) { card.replaceWith(made); ready(made); label(lane.querySelector("table")); made.querySelector(".row-link").focus({ preventScroll: true }); } else card.remove();
  for (const [code, { count, sum }] of Object.entries(answer.heads)) {
    document.querySelectorAll(".list-card [data-count]").forEach((place) => { if (place.dataset.count === code) place.textContent = count; });
    document.querySelectorAll(".list-card [data-sum-of]").forEach((place) => { if (place.dataset.sumOf === code) place.textContent = sum; });
  }
  return made;
}

async function menu(card) {
  const pairs = lanes().flatMap((lane) => ways(card, lane).map((name) => [[lane, name], name === "*" ? lane.dataset.label : `${graph[name].label} → ${lane.dataset.label}`]));
  const from = laneOf(card).dataset.lane;
  const shut = Object.entries(graph).filter(([name, step]) => step.from.includes(from) && !able(card).includes(name))
    .map(([, step]) => [`${step.label} → ${laneAt(step.to)?.dataset.label ?? ""}`, t("Not part of your role.")]);
  const chosen = await pick(t("Move “%s” to …", called(card)), pairs, shut);
  const given = chosen && await inputs(chosen[1]);
  if (given) await send(card, chosen[0], chosen[1], given);
}

/** Cards are dragged with a mouse; fingers scroll, and use the menu. */
function ready(card) {
  if (!matchMedia("(pointer: fine)").matches) return;
  card.draggable = true;
  card.querySelectorAll("a, img").forEach((part) => { part.draggable = false; });
}

function dragging() {
  let held = null;
  const clear = () => lanes().forEach((lane) => lane.classList.remove("lit", "dim", "over"));
  board.addEventListener("dragstart", (event) => {
    held = event.target.closest?.("[data-card]");
    if (!held) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.dataset.card);
    held.classList.add("dragged");
    lanes().forEach((lane) => lane !== laneOf(held) && lane.classList.add(ways(held, lane).length ? "lit" : "dim"));
  });
  board.addEventListener("dragover", (event) => {
    const lane = held && event.target.closest("[data-lane]");
    if (!lane) return;
    event.preventDefault();
    lanes().forEach((one) => one.classList.toggle("over", one === lane));
  });
  board.addEventListener("drop", (event) => {
    const lane = held && event.target.closest("[data-lane]");
    if (lane) { event.preventDefault(); go(held, lane); }
  });
  board.addEventListener("dragend", () => { held?.classList.remove("dragged"); held = null; clear(); });
}

async function more(link) {
  const row = link.closest("tr"), table = link.closest("table");
  const answer = await fetch(link.href, { credentials: "same-origin", headers: { "X-CSRFToken": token() } }).catch(() => null);
  if (!answer?.ok) { toast(t("Not possible now. Try again."), { kind: "danger" }); return; }
  row.insertAdjacentHTML("afterend", await answer.text());
  row.remove();
  table.querySelectorAll("[data-card]").forEach(ready);
  label(table);
}

/** On a phone one column is shown at a time. */
function tabs() {
  const show = (code) => {
    lanes().forEach((lane) => lane.classList.toggle("on", lane.dataset.lane === code));
    document.querySelectorAll("[data-lane-tab]").forEach((tab) => tab.setAttribute("aria-pressed", String(tab.dataset.laneTab === code)));
  };
  board.classList.add("tabs");
  document.querySelectorAll("[data-lane-tab]").forEach((tab) => tab.addEventListener("click", () => show(tab.dataset.laneTab)));
  show((lanes().find((lane) => lane.querySelector("[data-card]")) ?? lanes()[0]).dataset.lane);
}

if (board) {
  board.querySelectorAll("[data-card]").forEach(ready);
  board.addEventListener("click", (event) => {
    const button = event.target.closest("[data-go]"), link = event.target.closest("[data-more]");
    if (button) menu(button.closest("[data-card]"));
    if (link) { event.preventDefault(); more(link); }
  });
  dragging();
  tabs();
}
