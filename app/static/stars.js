// A rating as stars over its number: a click, a touch, arrow keys, 1 to 5, and Delete to take it back.
import { make } from "./float.js";
import { t } from "./words.js";

const MOST = 5;

function serve(input) {
  if (input.dataset.served) return;
  input.dataset.served = "1";
  const called = document.querySelector(`label[for="${CSS.escape(input.id)}"]`)?.textContent.trim() ?? "";
  const all = Array.from({ length: MOST }, (_none, n) => make("span", { "data-n": String(n + 1), "aria-hidden": "true", text: "☆" }));
  const box = make("span", { className: "stars in", role: "slider", tabindex: "0", "aria-valuemin": "0", "aria-valuemax": String(MOST), "aria-label": called }, ...all);
  const none = make("button", { type: "button", className: "jh-ib", "aria-label": t("No rating"), title: t("No rating"), tabindex: "-1", text: "×" });
  const draw = (shown) => all.forEach((one, n) => { one.textContent = n < shown ? "★" : "☆"; });
  const show = () => {
    const value = Math.min(Math.max(Math.round(Number(input.value)) || 0, 0), MOST);
    draw(value);
    none.hidden = !value;
    box.setAttribute("aria-valuenow", String(value));
    box.setAttribute("aria-valuetext", value ? t("%s of 5 stars", value) : t("No rating"));
    for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
      if (input.hasAttribute(name)) box.setAttribute(name, input.getAttribute(name)); else box.removeAttribute(name);
    }
  };
  const set = (value) => {
    input.value = value ? String(Math.min(Math.max(value, 1), MOST)) : "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  box.addEventListener("click", (event) => { const n = Number(event.target.dataset.n); if (n) { set(n); box.focus(); } });
  box.addEventListener("pointerover", (event) => { if (event.pointerType === "mouse" && event.target.dataset.n) draw(Number(event.target.dataset.n)); });
  box.addEventListener("pointerleave", show);
  none.addEventListener("click", () => { set(0); box.focus(); });
  box.addEventListener("keydown", (event) => {
    const now = Number(input.value) || 0, step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (step) set(Math.max(now + step, 0));
    else if (/^[1-5]$/.test(event.key)) set(Number(event.key));
    else if (["0", "Delete", "Backspace"].includes(event.key)) set(0);
    else if (event.key === "Home" || event.key === "End") set(event.key === "Home" ? 1 : MOST);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  input.addEventListener("input", show);
  input.addEventListener("focus", () => box.focus()); // whoever looks for the input finds the stars
  input.classList.add("sr-only");
  input.tabIndex = -1;
  input.setAttribute("aria-hidden", "true");
  input.after(make("span", { className: "rate" }, box, none));
  show();
}

/** Begin to serve the ratings of the page, and of what comes later. */
export function start() {
  const all = (place) => place.querySelectorAll("input[data-stars]").forEach(serve);
  all(document);
  document.addEventListener("jh:served", (event) => all(event.detail));
}
