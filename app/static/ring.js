// The ringing telephone: cards that stand over any page, one for each call, until the agent closes them.
import { make, toast } from "./float.js";
import { ask, style } from "./net.js";
import { t } from "./words.js";

const OPEN = "jiahe-ring", LAST = "jiahe-ring-seq"; // the calls whose cards stand open here, and the last event heard
const SHUT = "jiahe-ring-shut"; // cards that were closed here while the call went on
const KEEP = 500; // milliseconds without a key before a note is kept
const FADE = 6000; // milliseconds that a card stays which somebody else has taken
let stack, typed = new Map();

const cards = () => [...(stack?.querySelectorAll(".ring") ?? [])];
const open = () => { try { return JSON.parse(localStorage.getItem(OPEN)) ?? {}; } catch { return {}; } };
const shut = () => { try { return JSON.parse(sessionStorage.getItem(SHUT)) ?? []; } catch { return []; } };
const remember = (call, folded) => {
  const all = open();
  if (folded === null) delete all[call]; else all[call] = folded;
  localStorage.setItem(OPEN, JSON.stringify(all));
};

function place() {
  if (stack) return stack;
  stack = make("div", { className: "ring-stack", "aria-live": "assertive" });
  document.body.append(stack);
  stack.addEventListener("click", clicked);
  stack.addEventListener("submit", submitted);
  stack.addEventListener("input", typing);
  return stack;
}

/** Show one card large and fold the others. */
function unfold(card) {
  for (const one of cards()) {
    const folded = one !== card;
    one.classList.toggle("min", folded);
    remember(one.dataset.call, folded);
  }
}

function close(card) {
  remember(card.dataset.call, null);
  sessionStorage.setItem(SHUT, JSON.stringify([...shut(), card.dataset.call].slice(-50)));
  card.remove();
  const left = cards();
  if (left.length && left.every((one) => one.classList.contains("min"))) unfold(left[0]);
}

/** Fetch the card of a call and put it where the old one stands; what is being typed stays. */
async function draw(call, { fresh = false, folded } = {}) {
  let answer;
  try { answer = await fetch(`/calls/card/${call}`, { credentials: "same-origin" }); } catch { return null; }
  const old = stack?.querySelector(`[data-call="${call}"]`);
  if (answer.status === 204 || answer.status === 404) { if (old) close(old); else remember(call, null); return null; }
  if (!answer.ok || answer.redirected) return null;
  const text = make("template");
  text.innerHTML = await answer.text();
  const card = text.content.querySelector(".ring");
  if (!card) return null;
  card.dataset.since = String(performance.now() - Number(card.dataset.seconds) * 1000);
  if (old) {
    keepTyped(old, card);
    card.classList.toggle("min", old.classList.contains("min"));
    old.replaceWith(card);
  } else {
    if (card.dataset.live === "0" && fresh && card.dataset.state !== "missed") return null;
    place().prepend(card);
    const busy = cards().some((one) => one !== card && !one.classList.contains("min") && one.dataset.state === "talking");
    if (folded ?? busy) { card.classList.add("min"); remember(call, true); } else unfold(card);
  }
  if (card.dataset.mine === "0" && !["ringing", "missed"].includes(card.dataset.state)) setTimeout(() => close(card), FADE);
  tick();
  return card;
}

function keepTyped(old, card) {
  for (const input of old.querySelectorAll("textarea,input:not([type=hidden])")) {
    const there = input.id && card.querySelector(`#${input.id}`);
    if (there && (input === document.activeElement || typed.has(input.id) || "know" in input.dataset)) there.value = input.value;
  }
  for (const panel of old.querySelectorAll("[data-panel]:not([hidden])")) {
    const there = card.querySelector(`[data-panel="${panel.dataset.panel}"]`);
    if (!there) continue;
    there.hidden = false;
    const found = panel.querySelector("[data-found]");
    if (found) there.querySelector("[data-found]").replaceChildren(...found.childNodes);
  }
  const at = document.activeElement;
  if (old.contains(at) && at.id) requestAnimationFrame(() => card.querySelector(`#${at.id}`)?.focus());
}

function tick() {
  for (const card of cards()) {
    const live = card.dataset.live === "1";
    const seconds = Math.max(0, live ? Math.floor((performance.now() - Number(card.dataset.since)) / 1000) : Number(card.dataset.seconds));
    card.querySelector("[data-timer]").textContent = [Math.floor(seconds / 60), seconds % 60].map((n) => String(n).padStart(2, "0")).join(":");
  }
}

async function send(card, what, form) {
  try {
    const answer = await ask(`/calls/${what}/${card.dataset.call}`, { form });
    if (what !== "note" && answer.message) toast(answer.message, { kind: "success", url: answer.url || "" });
    return answer;
  } catch (problem) {
    toast(problem.message, { kind: "danger" });
    return null;
  }
}

function panel(card, name) {
  for (const one of card.querySelectorAll("[data-panel]")) one.hidden = one.dataset.panel !== name || !one.hidden;
  const shown = card.querySelector(`[data-panel="${name}"]`);
  card.querySelectorAll("[data-do][aria-expanded]").forEach((b) => b.setAttribute("aria-expanded", String(b.dataset.do === name && !shown.hidden)));
  if (shown.hidden) return;
  shown.scrollIntoView({ block: "nearest" });
  shown.querySelector("input:not([type=hidden]),select")?.focus();
}

async function clicked(event) {
  const card = event.target.closest(".ring"), button = event.target.closest("[data-do]");
  if (!card) return;
  if (button?.dataset.do === "close") close(card);
  else if (card.classList.contains("min") && !event.target.closest("form,a")) unfold(card);
  else if (button?.dataset.do === "choose") { if (await send(card, "customer", { customer: button.dataset.customer })) draw(card.dataset.call); }
  else if (button) panel(card, button.dataset.do);
}

async function submitted(event) {
  const form = event.target.closest("[data-form]"), card = event.target.closest(".ring");
  if (!form) return;
  event.preventDefault();
  if (!await send(card, form.dataset.form, new FormData(form))) return;
  form.hidden = form.dataset.form !== "lead";
  draw(card.dataset.call);
}

function later(slot, run) {
  clearTimeout(typed.get(slot));
  typed.set(slot, setTimeout(async () => { await run(); typed.delete(slot); }, KEEP));
}

function typing(event) {
  const input = event.target, card = input.closest(".ring");
  if ("note" in input.dataset) later(input.id, async () => {
    if (await send(card, "note", { note: input.value })) card.querySelector("[data-kept]").textContent = t("Kept");
  });
  if ("known" in input.dataset) later(input.id, async () => {
    const people = input.value.trim() ? await ask(`/customer/lookup?${new URLSearchParams({ q: input.value })}`).catch(() => []) : [];
    card.querySelector("[data-people]").replaceChildren(...people.slice(0, 8).map((one) =>
      make("button", { className: "btn", type: "button", text: one.label, "data-do": "choose", "data-customer": String(one.id) })));
  });
  if ("know" in input.dataset) later(input.id, async () => {
    const answer = await fetch(`/calls/articles?${new URLSearchParams({ q: input.value })}`, { credentials: "same-origin" });
    const found = card.querySelector("[data-found]");
    if (answer.ok) found.innerHTML = await answer.text();
    input.scrollIntoView({ block: "start" });
  });
}

/** Alt and a digit act on the card that stands open; on a form with keys of its own only from within the card. */
function pressed(event) {
  const card = cards().find((one) => !one.classList.contains("min"));
  if (!card) return;
  const within = card.contains(document.activeElement);
  if (event.key === "Escape" && !document.querySelector("dialog[open]") && (within || document.activeElement === document.body)) {
    event.stopImmediatePropagation();
    const shown = card.querySelector("[data-panel]:not([hidden])");
    if (shown) panel(card, shown.dataset.panel);
    else if (card.dataset.live === "1") { card.classList.add("min"); remember(card.dataset.call, true); }
    else close(card);
  }
  if (!event.altKey || !/^Digit[1-9]$/.test(event.code) || (document.getElementById("call") && !within)) return;
  const act = card.querySelector(`[data-n="${event.code.slice(5)}"]`);
  if (!act) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  act.click();
}

function heard({ call, what, seq }) {
  if (seq) localStorage.setItem(LAST, String(Math.max(Number(localStorage.getItem(LAST)) || 0, seq)));
  const there = stack?.querySelector(`[data-call="${call}"]`);
  if (!there && (what === "recording" || (what === "missed" && shut().includes(String(call))))) return;
  draw(call, { fresh: !there && what !== "ring" });
}

/** A number that is pressed: the exchange rings one's own telephone first; without one the machine dials by itself. */
async function dial(event) {
  const link = event.target.closest("a[href^='tel:']");
  if (!link || link.dataset.plain) return;
  event.preventDefault();
  const answer = await ask("/calls/dial", { form: { number: link.href.slice(4) } }).catch(() => null);
  if (answer?.done) toast(answer.message, { kind: "success" });
  else location.href = link.href;
}

/** Cards that stood open on the page before, and every ring from now on. */
export function start() {
  if (!document.body.dataset.live) return;
  document.addEventListener("jiahe:call", (event) => heard(event.detail));
  document.addEventListener("keydown", pressed, true);
  document.addEventListener("click", dial);
  setInterval(tick, 1000);
  style("ring.css"); // before it rings: nobody waits for looks then
  for (const [call, folded] of Object.entries(open())) draw(call, { folded });
}
