// The layout of a role: fields move up, down and between sections on the page; nothing is kept before it is saved.
import { t } from "./words.js";

const form = document.querySelector("[data-layout]"), said = document.getElementById("lay-said");
const changed = () => form.dispatchEvent(new Event("change", { bubbles: true }));

function move(one, step) {
  const other = step < 0 ? one.previousElementSibling : one.nextElementSibling;
  if (!other || (one.matches("section") && other.dataset.key === "")) return;
  if (step < 0) other.before(one); else other.after(one);
  said.textContent = t("%s moved", one.querySelector(".b, h2").textContent.trim());
  changed();
}

form.addEventListener("click", (event) => {
  const field = event.target.closest("[data-move]"), section = event.target.closest("[data-move-section]"), button = field ?? section;
  if (!button) return;
  event.preventDefault();
  if (field) move(field.closest("li"), Number(field.dataset.move));
  else move(section.closest("section"), Number(section.dataset.moveSection));
  button.focus();
});
form.addEventListener("change", (event) => {
  if (!event.target.matches("select[name^='in:']")) return;
  form.querySelector(`section[data-key="${CSS.escape(event.target.value)}"] ul`).append(event.target.closest("li"));
  event.target.focus();
});
document.querySelector("[data-go]").addEventListener("change", (event) => { location.href = event.target.value; });
document.querySelector("[data-send]").addEventListener("change", (event) => event.target.form.submit());
