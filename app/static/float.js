// What floats over the page: dialogs and toasts.
import { t } from "./words.js";

/** An element with a class, text and children. */
export function make(tag, { className = "", text = "", ...rest } = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(rest)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * A modal question. `body` are elements; resolves to true when confirmed.
 * Without `yes` there is only a way to close.
 */
export function dialog(heading, body, { yes = "", danger = false, check = () => true } = {}) {
  const box = make("dialog", { className: "jh-dialog", "aria-label": heading });
  const form = make("form", { method: "dialog", novalidate: "" });
  const foot = make("div", { className: "foot" });
  foot.append(make("button", { className: "btn", text: yes ? t("Back") : t("Close"), type: "button", "data-close": "" }));
  if (yes) foot.append(make("button", { className: danger ? "btn btn-bad" : "btn btn-primary", text: yes }));
  form.append(make("div", { className: "card-h" }, make("h2", { text: heading })));
  if (body.length) form.append(make("div", { className: "card-b" }, ...body));
  form.append(foot);
  box.append(form);
  document.body.append(box);
  return new Promise((done) => {
    let answer = false;
    form.addEventListener("submit", (event) => {
      if (check()) answer = true;
      else event.preventDefault();
    });
    box.addEventListener("click", (event) => {
      if (event.target === box || event.target.closest("[data-close]")) box.close();
    });
    box.addEventListener("close", () => { box.remove(); done(answer); });
    box.showModal();
    box.querySelector("input, textarea, .btn-primary, .btn-bad, .btn")?.focus();
  });
}

/** A passing message; `kind` is success, info, warning or danger, `act` a button's words and what it does. Dangers stay until dismissed. */
export function toast(words, { kind = "info", heading = "", url = "", seconds = 8, act = null } = {}) {
  let place = document.querySelector(".jh-toasts");
  if (!place) {
    place = make("div", { className: "jh-toasts", "aria-live": "polite" });
    document.body.append(place);
  }
  const text = make("span");
  if (heading) text.append(make("b", { text: heading }), make("br"));
  text.append(words);
  if (url) text.append(" ", make("a", { href: url, text: t("Open") }));
  const box = make("div", { className: `jh-toast is-${kind}`, role: kind === "danger" ? "alert" : "status" }, text,
    make("button", { type: "button", "data-dismiss": "", "aria-label": t("Close"), text: "×" }));
  if (act) {
    const button = make("button", { type: "button", className: "lnk", "data-act": "", text: act[0] });
    button.addEventListener("click", () => { box.remove(); act[1](); });
    text.after(button);
  }
  place.append(box);
  if (kind !== "danger") fade(box, seconds);
}

function fade(box, seconds) {
  setTimeout(() => { if (box.matches(":hover, :focus-within")) fade(box, seconds); else box.remove(); }, seconds * 1000);
}

/** Dismiss buttons of toasts; flashed successes go by themselves. */
export function start() {
  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.parentElement.remove());
  document.querySelectorAll(".jh-toast.is-success").forEach((box) => fade(box, 8));
}
