// A list as a calendar: an entry opens beside it, and goes to another day by dragging or by the button of its preview.
import { dialog, make, toast } from "./float.js";
import { look } from "./inplace.js";
import { ask } from "./net.js";
import { t } from "./words.js";

const place = document.querySelector(".cal");
const dayOf = (entry) => entry.closest("[data-day]");
const at = (iso) => place.querySelector(`[data-day="${iso}"]`);

function count(day, by) {
  const told = day?.querySelector(".cnt");
  if (told) told.textContent = String(Number(told.textContent.replaceAll(",", "")) + by);
}

/** Put an entry on a day that may be out of sight; back where it was when the server refuses. */
async function send(entry, iso) {
  const from = dayOf(entry), was = from?.dataset.day ?? entry.dataset.was, next = entry.nextElementSibling, to = at(iso);
  if (was === iso) return;
  if (to) to.insertBefore(entry, to.querySelector(".cal-more")); else entry.remove();
  to?.classList.remove("void");
  entry.classList.add("going");
  try {
    const answer = await ask(place.dataset.move.replace("/move/0", `/move/${entry.dataset.entry}`), { form: { to: iso, version: entry.dataset.version } });
    Object.assign(entry.dataset, { version: answer.version, was: iso });
    count(from, -1);
    count(to, 1);
    toast(answer.message, { kind: "success", act: [t("Undo"), () => send(entry, was)] });
    entry.focus({ preventScroll: true });
  } catch (problem) {
    from?.insertBefore(entry, next);
    toast(problem.message, { kind: "danger" });
  }
  entry.classList.remove("going");
}

async function choose(entry) {
  const input = make("input", { type: "date", className: "form-control", name: "day", required: "" });
  input.value = dayOf(entry)?.dataset.day ?? entry.dataset.was;
  const body = make("label", { className: "fld" }, make("span", { className: "form-label", text: t("Day") }), input);
  if (await dialog(t("Another day"), [body], { yes: t("Move"), check: () => Boolean(input.value) })) await send(entry, input.value);
}

async function open(entry) {
  const pane = await look(entry.dataset.peek);
  if (!pane) return;
  if ("free" in entry.dataset) {
    const button = make("button", { type: "button", className: "btn", "data-another": "", text: t("Another day") });
    button.addEventListener("click", () => choose(entry));
    pane.querySelector(".acts").append(" ", button);
  }
  pane.focus({ preventScroll: true });
}

function dragging() {
  let held = null;
  place.addEventListener("dragstart", (event) => {
    held = event.target.closest?.("[data-entry]");
    if (!held) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.dataset.entry);
    place.classList.add("free" in held.dataset ? "lit" : "dim");
  });
  place.addEventListener("dragover", (event) => {
    const day = held && event.target.closest("[data-day]");
    if (!day) return;
    event.preventDefault();
    place.querySelectorAll(".over").forEach((one) => one.classList.remove("over"));
    day.classList.add("over");
  });
  place.addEventListener("drop", (event) => {
    const day = held && event.target.closest("[data-day]");
    if (!day) return;
    event.preventDefault();
    if ("free" in held.dataset) send(held, day.dataset.day);
    else toast(t("You may not move this entry."), { kind: "warning" });
  });
  place.addEventListener("dragend", () => {
    held = null;
    place.classList.remove("lit", "dim");
    place.querySelectorAll(".over").forEach((one) => one.classList.remove("over"));
  });
}

if (place) {
  place.addEventListener("click", (event) => {
    const entry = event.target.closest("[data-peek]");
    if (!entry || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(entry);
  });
  if (matchMedia("(pointer: fine)").matches) dragging();
  else place.querySelectorAll("[data-entry]").forEach((entry) => { entry.draggable = false; });
}
