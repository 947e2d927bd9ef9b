// A new record from within another's form: the few inputs it needs, in a dialog; saved, it comes back chosen.
import { make, toast } from "./float.js";
import { serve } from "./lookup.js";
import { token } from "./net.js";
import { t } from "./words.js";

async function send(url, options = {}) {
  const headers = { Accept: "application/json, text/html;q=0.9", "X-CSRFToken": token() };
  const answer = await fetch(url, { credentials: "same-origin", headers, ...options }).catch(() => null);
  if (!answer) return { words: t("Offline. Try again when back online.") };
  const text = await answer.text();
  if (!answer.headers.get("Content-Type")?.includes("json")) return answer.ok || answer.status === 422 ? { html: text } : { words: t("Not possible now. Try again.") };
  const told = JSON.parse(text);
  return answer.ok ? { made: told } : { words: told.message };
}

/** Ask for the new record; resolves to `{id, label}`, or to null when the person went back. */
export async function begin(url, typed) {
  const first = await send(`${url}?q=${encodeURIComponent(typed)}`);
  if (!first.html) { toast(first.words, { kind: "warning" }); return null; }
  const box = make("dialog", { className: "jh-dialog" }), form = make("form", { method: "dialog", novalidate: "" });
  const body = make("div", { className: "card-b" }), said = make("div", { className: "f-err", role: "alert" }), heading = make("h2");
  const save = make("button", { className: "btn btn-primary", text: t("Save") });
  const fill = (html) => {
    body.innerHTML = html;
    serve(body);
    document.dispatchEvent(new CustomEvent("jh:served", { detail: body }));
    (body.querySelector("[aria-invalid]") || [...body.querySelectorAll("input, select, textarea")].find((one) => one.type !== "hidden" && !one.value))?.focus();
  };
  form.append(make("div", { className: "card-h" }, heading), body, make("div", { className: "card-b" }, said),
    make("div", { className: "foot" }, make("button", { className: "btn", type: "button", "data-close": "", text: t("Back") }), save));
  box.append(form);
  document.body.append(box);
  return new Promise((done) => {
    let made = null;
    box.addEventListener("keydown", (event) => event.stopPropagation());
    box.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) box.close(); });
    box.addEventListener("close", () => { box.remove(); done(made); });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      save.disabled = true;
      const answer = await send(url, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      save.disabled = false;
      if (answer.made) { made = answer.made; box.close(); return; }
      said.textContent = answer.words || "";
      if (answer.html) fill(answer.html);
    });
    box.showModal();
    fill(first.html);
    heading.textContent = t("New: %s", body.querySelector("[data-kind]")?.dataset.kind ?? "");
    box.setAttribute("aria-label", heading.textContent);
  });
}
