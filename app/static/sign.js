// A signature: drawn by finger, pen or mouse, or written by its keys. What is sent is a small picture.
import { make } from "./float.js";
import { t } from "./words.js";

const WIDE = 900, HIGH = 270, INK = "#10182b", PAPER = "#ffffff";

function serve(place) {
  if (place.dataset.served) return;
  place.dataset.served = "1";
  const input = place.querySelector("input"), called = place.dataset.sign;
  const canvas = make("canvas", { width: String(WIDE), height: String(HIGH), role: "img", "aria-label": t("%s: sign here", called) });
  const name = make("input", { className: "form-control", maxlength: "40", autocomplete: "off", "aria-label": t("Or type the name"), placeholder: t("Or type the name") });
  const clear = make("button", { type: "button", className: "btn btn-s", text: t("Begin again") });
  const pen = canvas.getContext("2d");
  let drawn = false, last = null;
  const blank = () => { pen.fillStyle = PAPER; pen.fillRect(0, 0, WIDE, HIGH); pen.strokeStyle = pen.fillStyle = INK; pen.lineCap = pen.lineJoin = "round"; drawn = false; };
  const keep = () => {
    input.value = drawn ? canvas.toDataURL("image/png") : "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const at = (event) => { const box = canvas.getBoundingClientRect(); return [(event.clientX - box.left) * WIDE / box.width, (event.clientY - box.top) * HIGH / box.height]; };
  const line = (event) => {
    for (const one of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) {
      const [x, y] = at(one);
      pen.lineWidth = 3 + 3 * (event.pointerType === "pen" ? one.pressure : 0.4);
      pen.beginPath();
      pen.moveTo(...last);
      pen.lineTo(x, y);
      pen.stroke();
      last = [x, y];
    }
    drawn = true;
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    if (name.value) { name.value = ""; blank(); } // either written or drawn
    last = at(event);
    line(event);
  });
  canvas.addEventListener("pointermove", (event) => { if (last) line(event); });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { if (last) { last = null; keep(); } });
  clear.addEventListener("click", () => { blank(); name.value = ""; keep(); });
  name.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  name.addEventListener("input", (event) => {
    event.stopPropagation();
    blank();
    if (name.value.trim()) {
      pen.font = "italic 96px 'Segoe Script', 'Snell Roundhand', 'KaiTi', 'STKaiti', cursive";
      pen.textBaseline = "middle";
      pen.textAlign = "center";
      pen.fillText(name.value.trim(), WIDE / 2, HIGH / 2, WIDE - 60);
      drawn = true;
    }
    keep();
  });
  blank();
  if (input.value.startsWith("data:image/png;base64,")) { // it came back with something else to mend
    const before = new Image();
    before.onload = () => { pen.drawImage(before, 0, 0); drawn = true; };
    before.src = input.value;
  }
  place.append(canvas, make("span", { className: "sign-foot" }, name, clear));
}

/** Begin to serve the signatures of the page, and of what comes later. */
export function start() {
  const all = (where) => where.querySelectorAll("[data-sign]").forEach(serve);
  all(document);
  document.addEventListener("jh:served", (event) => all(event.detail));
}
