// Notices as they happen. One tab holds the stream; the others hear it from that tab.
import { toast } from "./float.js";
import { t } from "./words.js";

const FIRST = 2000, LONGEST = 60000; // milliseconds between tries
const LAST = "jiahe-bell"; // the last notice heard, so that none is missed between two pages
const CALLS = "jiahe-ring-seq"; // the last thing heard of a call
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("jiahe-bell") : null;
let sound;

/** Two short tones; silent when the browser does not allow sound yet. */
export function ring() {
  try {
    sound ??= new AudioContext();
    [880, 1175].forEach((pitch, n) => {
      const tone = sound.createOscillator(), volume = sound.createGain(), at = sound.currentTime + n * 0.18;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.2, at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.16);
      tone.connect(volume).connect(sound.destination);
      tone.start(at);
      tone.stop(at + 0.17);
    });
  } catch { /* no sound here */ }
}

function heard(notice) {
  const count = document.getElementById("bell-count");
  if (count) {
    count.textContent = String((Number.parseInt(count.textContent, 10) || 0) + 1);
    count.dataset.n = count.textContent;
  }
  toast(notice.text || "", { heading: notice.title || t("New notice"), url: notice.url || "", seconds: 12 });
  document.dispatchEvent(new CustomEvent("jiahe:bell", { detail: notice }));
}

/** Something about a telephone call: the card of it is another part's. */
function rung(call) { document.dispatchEvent(new CustomEvent("jiahe:call", { detail: call })); }

function listen(wait = FIRST) {
  const asked = new URLSearchParams();
  for (const [name, slot] of [["after", LAST], ["calls", CALLS]]) if (localStorage.getItem(slot)) asked.set(name, localStorage.getItem(slot));
  const stream = new EventSource(`${document.body.dataset.live}?${asked}`);
  stream.onopen = () => { wait = FIRST; };
  stream.addEventListener("bell", (event) => {
    const notice = JSON.parse(event.data);
    localStorage.setItem(LAST, notice.id);
    heard(notice);
    tabs?.postMessage(notice);
    if (notice.sound) ring();
  });
  stream.addEventListener("call", (event) => {
    const call = JSON.parse(event.data);
    rung(call);
    tabs?.postMessage({ call });
    if (call.what === "ring") ring();
  });
  stream.onerror = () => {
    stream.close();
    setTimeout(() => listen(Math.min(wait * 2, LONGEST)), wait);
  };
  window.addEventListener("pagehide", () => stream.close(), { once: true });
}

/** Begin to listen, on pages of people who are signed in. */
export function start() {
  if (!document.body.dataset.live) return;
  tabs?.addEventListener("message", (event) => (event.data.call ? rung(event.data.call) : heard(event.data)));
  if (navigator.locks && tabs) navigator.locks.request("jiahe-live", () => new Promise(() => listen()));
  else listen();
}
