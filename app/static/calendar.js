// A list as a calendar: an entry opens beside it, and goes to another day or hour by dragging or by the button of its preview.
import { dialog, make, toast } from "./float.js";
import { grid, momentAt, put, show } from "./hours.js";
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

/** Where an entry stands: its moment in a week of hours, else its day. */
const now = (entry) => (grid ? entry.dataset.at : dayOf(entry)?.dataset.day ?? entry.dataset.was);

/** Draw it there; nothing is drawn for a day that is out of sight. */
function draw(entry, to) {
  if (grid) { put(entry, at(to.slice(0, 10)), to); return; }
  const day = at(to);
  if (day) day.insertBefore(entry, day.querySelector(".cal-more")); else entry.remove();
  day?.classList.remove("void");
}

/** Put an entry on another day or hour; back where it was when the server refuses. */
async function send(entry, to) {
  const was = now(entry), from = dayOf(entry), next = entry.nextElementSibling;
  if (was === to) return;
  draw(entry, to);
  entry.classList.add("going");
  try {
    const answer = await ask(place.dataset.move.replace("/move/0", `/move/${entry.dataset.entry}`), { form: { to, version: entry.dataset.version } });
    Object.assign(entry.dataset, { version: answer.version, was: to });
    if (from !== at(to.slice(0, 10))) { count(from, -1); count(at(to.slice(0, 10)), 1); }
    document.querySelector("aside.peek header button")?.click(); // it tells what was before
    toast(answer.message, { kind: "success", act: [t("Undo"), () => send(entry, was)] });
    entry.focus({ preventScroll: true });
  } catch (problem) {
    if (grid) put(entry, from, was); else from?.insertBefore(entry, next);
    toast(problem.message, { kind: "danger" });
  }
  entry.classList.remove("going");
}

async function choose(entry) {
  const input = make("input", { type: "date", className: "form-control", name: "day", required: "" });
  const hour = make("input", { type: "time", className: "form-control", name: "time", required: "" });
  input.value = now(entry).slice(0, 10);
  const body = [make("label", { className: "fld" }, make("span", { className: "form-label", text: t("Day") }), input)];
  if (grid) {
    hour.value = now(entry).slice(11, 16);
    body.push(make("label", { className: "fld" }, make("span", { className: "form-label", text: t("Time") }), hour));
  }
  const check = () => Boolean(input.value && (!grid || hour.value));
  if (!await dialog(t(grid ? "Another time" : "Another day"), body, { yes: t("Move"), check })) return;
  const same = hour.value === now(entry).slice(11, 16); // its seconds stay where the minute does
  await send(entry, grid ? `${input.value}${same ? now(entry).slice(10) : `T${hour.value}`}` : input.value);
}

async function open(entry) {
  const pane = await look(entry.dataset.peek);
  if (!pane) return;
  if ("free" in entry.dataset) {
    const button = make("button", { type: "button", className: "btn", "data-another": "", text: t(grid ? "Another time" : "Another day") });
    button.addEventListener("click", () => choose(entry));
    pane.querySelector(".acts").append(" ", button);
  }
  pane.focus({ preventScroll: true });
}

function dragging() {
  let held = null, above = 0;
  place.addEventListener("dragstart", (event) => {
    held = event.target.closest?.("[data-entry]");
    if (!held) return;
    above = event.clientY - held.getBoundingClientRect().top;
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
    if (grid && "free" in held.dataset) show(day, momentAt(event, day, held, above), held);
  });
  place.addEventListener("drop", (event) => {
    const day = held && event.target.closest("[data-day]");
    if (!day) return;
    event.preventDefault();
    if ("free" in held.dataset) send(held, grid ? momentAt(event, day, held, above) : day.dataset.day);
    else toast(t("You may not move this entry."), { kind: "warning" });
  });
  place.addEventListener("dragend", () => {
    if (grid) show(null, "", held);
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
