// The hours of a calendar's week: blocks by their minutes, side by side where they overlap, and the line of now.
import { make } from "./float.js";

const STEP = 15, LEAST = 30, DAY = 1440; // minutes: what a drag snaps to, the least a block takes up, a day
const grid = document.querySelector(".cal-hours");
const slots = (day) => day.querySelector("[data-slots]");
const pad = (n) => String(n).padStart(2, "0");
const clock = (minute) => `${pad(Math.floor(minute / 60))}:${pad(minute % 60)}`;
const minuteOf = (at) => Number(at.slice(11, 13)) * 60 + Number(at.slice(14, 16));

/** Blocks that touch one another share the width: each takes the first place that is free when it begins. */
function arrange(day) {
  const blocks = [...slots(day).querySelectorAll("[data-from]")].map((entry) => {
    const from = Number(entry.dataset.from);
    return { entry, from, until: Math.min(Math.max(Number(entry.dataset.until), from + LEAST), DAY) };
  }).sort((a, b) => a.from - b.from || b.until - a.until);
  let group = [], end = -1;
  const draw = () => {
    const wide = Math.max(0, ...group.map((one) => one.place)) + 1;
    for (const { entry, from, until, place } of group) {
      Object.assign(entry.style, { top: `${from / DAY * 100}%`, height: `calc(${(until - from) / DAY * 100}% - 1px)`, left: `${place / wide * 100}%`, width: `calc(${100 / wide}% - 2px)` });
      entry.classList.toggle("low", until - from < 45);
    }
  };
  for (const block of blocks) {
    if (block.from >= end) { draw(); group = []; end = -1; }
    const taken = new Set(group.filter((one) => one.until > block.from).map((one) => one.place));
    block.place = 0;
    while (taken.has(block.place)) block.place += 1;
    group.push(block);
    end = Math.max(end, block.until);
  }
  draw();
}

/** An entry at another moment (`2026-11-20T14:15`): its minutes, its words, and the days it left and came to. */
function put(entry, day, at) {
  const from = entry.closest("[data-day]"), whole = !("from" in entry.dataset);
  const long = whole ? 0 : Number(entry.dataset.until) - Number(entry.dataset.from), minute = minuteOf(at);
  entry.dataset.at = at;
  if (!whole) Object.assign(entry.dataset, { from: minute, until: Math.min(minute + long, DAY) });
  const told = entry.querySelector(".fig");
  if (told) told.textContent = clock(minute);
  if (day) (whole ? day.querySelector(".cal-whole") : slots(day)).append(entry); else entry.remove();
  day?.classList.remove("void");
  if (from) arrange(from);
  if (day) arrange(day);
}

/** The moment that a pointer is at, for an entry held `above` pixels below its top; only the day where it is not over the hours. */
function momentAt(event, day, held, above) {
  const place = slots(day), { top, height } = place.getBoundingClientRect(), iso = day.dataset.day;
  if (!event.target.closest("[data-slots]") || !("from" in held.dataset)) return `${iso}${held.dataset.at.slice(10)}`;
  const minute = Math.round((event.clientY - above - top) / height * DAY / STEP) * STEP;
  return `${iso}T${clock(Math.min(Math.max(minute, 0), DAY - STEP))}`;
}

/** Where an entry would come to stand. */
const ghost = make("div", { className: "cal-ghost", "aria-hidden": "true" });
function show(day, at, held) {
  if (!day || !("from" in held.dataset)) { ghost.remove(); return; }
  const from = minuteOf(at), long = Number(held.dataset.until) - Number(held.dataset.from);
  Object.assign(ghost.style, { top: `${from / DAY * 100}%`, height: `${Math.min(Math.max(long, LEAST), DAY - from) / DAY * 100}%` });
  ghost.textContent = clock(from);
  slots(day).append(ghost);
}

function tick() {
  const today = grid.querySelector("[data-minute]"), begun = Date.now();
  if (!today) return;
  const line = make("div", { className: "cal-now", "aria-hidden": "true" });
  slots(today).append(line);
  const draw = () => { line.style.top = `${Math.min((Number(today.dataset.minute) + (Date.now() - begun) / 60000) / DAY * 100, 100)}%`; };
  draw();
  setInterval(draw, 60000);
}

/** On a phone one day at a time. */
function tabs() {
  const days = [...grid.querySelectorAll("[data-day]")];
  const open = (iso) => {
    days.forEach((day) => day.classList.toggle("on", day.dataset.day === iso));
    document.querySelectorAll("[data-day-tab]").forEach((tab) => tab.setAttribute("aria-pressed", String(tab.dataset.dayTab === iso)));
  };
  document.querySelectorAll("[data-day-tab]").forEach((tab) => tab.addEventListener("click", () => { open(tab.dataset.dayTab); scroll(); }));
  const asked = days.find((day) => day.dataset.day === new URLSearchParams(location.search).get("day"));
  open((asked ?? grid.querySelector("[data-minute]") ?? days.find((day) => day.querySelector("[data-entry]")) ?? days[0]).dataset.day);
}

/** The working day comes into sight: an hour before what begins first, seven o'clock where nothing does. */
function scroll() {
  const shown = [...grid.querySelectorAll("[data-from]")].filter((entry) => entry.offsetParent).map((entry) => Number(entry.dataset.from));
  const place = [...grid.querySelectorAll("[data-slots]")].find((one) => one.offsetParent);
  if (grid.scrollHeight > grid.clientHeight) grid.scrollTop = (Math.min(8 * 60, ...shown) - 60) / DAY * place.getBoundingClientRect().height;
}

if (grid) {
  grid.classList.add("placed");
  grid.querySelectorAll("[data-day]").forEach(arrange);
  tabs();
  tick();
  scroll();
}

export { grid, momentAt, put, show };
