// Paper slips: dropped or chosen, sent one after the other, each with what became of it.
import { t } from "./words.js";

const form = document.getElementById("drop");
const lines = document.getElementById("lines");

function line(one) {
  const row = Object.assign(document.createElement("div"), { className: "li" });
  const icon = Object.assign(document.createElement("i"), { className: `ti ${one.filed ? "ti-check ok" : "ti-alert-triangle bad"}` });
  icon.setAttribute("aria-hidden", "true");
  const name = Object.assign(document.createElement("span"), { className: "ell", textContent: one.name });
  const end = Object.assign(document.createElement("span"), { className: "end" });
  end.append(one.url ? Object.assign(document.createElement("a"), { href: one.url, textContent: one.text }) : one.text);
  row.append(icon, name, end);
  lines.append(row);
}

async function send(files) {
  document.getElementById("results").hidden = false;
  for (const file of files) {
    const body = new FormData(form);
    body.delete("file");
    body.append("file", file);
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin" }).catch(() => null);
    const told = answer ? await answer.json().catch(() => null) : null;
    for (const one of told?.result ?? [{ name: file.name, filed: false, text: told?.message ?? t("Not possible now. Try again."), url: "" }]) line(one);
  }
  form.elements.file.value = "";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  send([...form.elements.file.files]);
});
form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
form.addEventListener("dragleave", () => form.classList.remove("over"));
form.addEventListener("drop", (event) => {
  event.preventDefault();
  form.classList.remove("over");
  send([...event.dataTransfer.files]);
});
