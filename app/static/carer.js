// A carer's page: each tap is kept until the server has it, with its own key and its time, so that a bad network loses and doubles nothing.
import { start as sign } from "./sign.js";

const PATIENCE = 6000; // milliseconds that a tap waits for a place, the question to the carer included
const AGAIN = 8000; // milliseconds between two tries without a network
const LOOK = 20000; // milliseconds between two looks for what others said or did
const form = document.getElementById("next");
const kept = `jiahe:taps:${location.pathname}`;
const note = document.getElementById("queued");
let sending = false;

const key = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
function taps() { try { return JSON.parse(localStorage.getItem(kept) ?? "[]"); } catch { return []; } }
function keep(list) { if (list.length) localStorage.setItem(kept, JSON.stringify(list)); else localStorage.removeItem(kept); }

/** Where the phone is, if it says so in time: a question that nobody answers must not hold up the work. */
function place() {
  return new Promise((done) => {
    if (!navigator.geolocation) { done(null); return; }
    setTimeout(() => done(null), PATIENCE);
    navigator.geolocation.getCurrentPosition((found) => done(found.coords), () => done(null), { timeout: 4000, maximumAge: 60000 });
  });
}

/** The page's token grows old while a tap waits, so a fresh one is fetched when a tap goes again. */
async function token() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, credentials: "same-origin", cache: "no-store" });
  const found = /name="csrf_token" value="([^"]+)"/.exec(await answer.text());
  return found ? found[1] : "";
}

/** Send what waits, the oldest first. A tap that the server refuses is not sent again; the page then says why. */
async function send() {
  if (sending) return;
  sending = true;
  let moved = false;
  try {
    let first = true;
    while (taps().length) {
      const [tap, ...rest] = taps();
      const body = new URLSearchParams(tap.values);
      body.set("csrf_token", first && !tap.waited ? form?.elements.csrf_token.value ?? "" : await token());
      first = false;
      const answer = await fetch(tap.url, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (answer.status >= 500 || answer.status === 429) throw new Error("later");
      if (answer.status === 400 && !tap.waited) { keep([{ ...tap, waited: true }, ...rest]); continue; }
      if (!answer.ok) {
        keep([]);
        refused(tap);
        return;
      }
      keep(rest);
      moved = true;
    }
  } catch {
    keep(taps().map((tap) => ({ ...tap, waited: true })));
    note.classList.add("on");
    setTimeout(send, AGAIN);
  } finally {
    sending = false;
  }
  if (moved && !taps().length) location.replace(location.pathname);
}

/** What was refused is asked once more as a plain form: its page says why, and what is missing. */
function refused(tap) {
  const again = document.createElement("form");
  Object.assign(again, { method: "post", action: tap.url, hidden: true });
  for (const [name, value] of [...Object.entries(tap.values), ["csrf_token", form?.elements.csrf_token.value ?? ""]]) {
    again.append(Object.assign(document.createElement("input"), { name, value }));
  }
  document.body.append(again);
  again.submit();
}

/** Without a network the next button comes all the same: the taps go later, in their order. */
function ahead(step) {
  const rest = JSON.parse(form.dataset.rest);
  const next = rest[rest.findIndex((one) => one.name === step) + 1];
  const button = form.querySelector("button");
  if (!next) { button.disabled = true; return; }
  form.action = form.action.replace(/[^/]+$/, next.name);
  form.dataset.step = next.name;
  button.textContent = next.label;
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (form.dataset.sent) return;
  form.dataset.sent = "1";
  form.querySelector("button").classList.add("busy");
  const at = String(Date.now());
  const coords = await place();
  const values = { request: key(), at, lat: coords ? String(coords.latitude) : "", lng: coords ? String(coords.longitude) : "" };
  const report = document.getElementById("report");
  if (form.dataset.step === "finish" && report) values.report = report.value;
  keep([...taps(), { url: form.action, values }]);
  await send();
  delete form.dataset.sent;
  form.querySelector("button").classList.remove("busy");
  if (taps().length) ahead(form.dataset.step);
});

for (const one of document.querySelectorAll("form.say")) one.addEventListener("submit", () => { one.elements.request.value ||= key(); });
window.addEventListener("online", send);
if (taps().length) { note.classList.add("on"); send(); }
sign();

// What the family or the office said comes by itself, while nobody writes or signs here.
setInterval(async () => {
  const talk = document.getElementById("talk");
  if (!talk || document.hidden || talk.contains(document.activeElement)) return;
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#talk .talk");
  const there = talk.querySelector(".talk");
  if (fresh && fresh.textContent !== there?.textContent) { if (there) there.replaceWith(fresh); else talk.querySelector(".card-h").after(fresh); }
}, LOOK);
