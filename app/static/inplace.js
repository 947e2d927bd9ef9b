// A row beside its list, and a cell that is changed where it stands.
import { make, toast } from "./float.js";
import { attach } from "./lookup.js";
import { label } from "./lists.js";
import { token } from "./net.js";
import { t } from "./words.js";

const table = () => document.querySelector("table[data-columns]");
const current = () => table()?.querySelector("tbody tr.cur");
const link = (row) => row?.querySelector("a.row-link")?.getAttribute("href");
let pane = null;

/** The address of a row's own page with another word in it: /order/show/5 -> /order/peek/5. */
const beside = (row, word) => link(row).replace("/show/", `/${word}/`);

async function text(url, quiet = false) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (answer.ok) return answer.text();
  if (quiet) return "";
  const words = answer.status === 403 ? t("You may not change this cell.") : t("Not possible now. Try again.");
  toast(words, { kind: "warning" });
  return "";
}

/** Show the row under the cursor beside the list, or close the pane. */
export async function peek(again = false) {
  const row = current();
  if (!again && pane) { pane.remove(); pane = null; return true; }
  if (!row || !link(row) || (again && !pane)) return false;
  const shown = await text(beside(row, "peek"));
  if (shown && !(again && !pane)) draw(shown); // unless it was closed meanwhile
  return true;
}

/** Show what stands at an address of previews beside whatever the page shows; the pane, or null where there is nothing. */
export async function look(url) {
  const shown = await text(url);
  return shown ? draw(shown) : null;
}

function draw(shown) {
  if (!pane) {
    pane = make("aside", { className: "peek card", "aria-label": t("Preview"), tabindex: "-1" });
    document.querySelector(".list-card").append(pane);
  }
  pane.innerHTML = shown;
  const close = make("button", { type: "button", className: "jh-ib", "aria-label": t("Close"), text: "×" });
  close.addEventListener("click", () => peek());
  pane.querySelector("header").append(close);
  return pane;
}

const heads = () => [...table().tHead.rows[0].cells];
const editable = (cell) => "edit" in (heads()[cell.cellIndex]?.dataset ?? {});

/** Put the input of a cell in its place; false when it may not be changed. */
async function change(cell, quiet = false) {
  const row = cell.closest("tr"), name = heads()[cell.cellIndex].dataset.name, before = [...cell.childNodes], url = `${beside(row, "cell")}/${name}`;
  if (cell.querySelector("form")) return true;
  const shown = await text(url, quiet);
  if (!shown) return false;
  cell.innerHTML = shown;
  cell.classList.add("editing");
  const form = cell.querySelector("form"), control = form.querySelector("input:not([type=hidden]), select, textarea");
  control.setAttribute("aria-label", heads()[cell.cellIndex].textContent.trim());
  if (control.dataset.lookup) await attach(control);
  document.dispatchEvent(new CustomEvent("jh:served", { detail: form }));
  (control.tomselect || control).focus();
  control.select?.();
  const back = (nodes) => { cell.replaceChildren(...nodes); cell.classList.remove("editing"); row.querySelector(".row-link")?.focus({ preventScroll: true }); };
  form.querySelector("[data-cancel]").addEventListener("click", () => back(before));
  form.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") back(before);
    if (event.key === "Enter" && event.target.matches("textarea") && event.ctrlKey) form.requestSubmit();
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); save(form, url, cell, back); });
  return true;
}

async function save(form, url, cell, back) {
  form.querySelector(".f-err")?.remove();
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(url, { method: "POST", body, credentials: "same-origin", headers: { Accept: "application/json", "X-CSRFToken": token() } })
    .catch(() => null);
  const told = await answer?.json().catch(() => null);
  if (!answer?.ok) {
    form.append(make("div", { className: "f-err", role: "alert", text: told?.message || t("Offline. Try again when back online.") }));
    return;
  }
  const holder = make("div");
  holder.innerHTML = told.html;
  const first = cell.classList.contains("first");
  const link_ = first && cell.ownerDocument.createElement("a");
  if (link_) { link_.className = "b row-link"; link_.href = url.replace(/\/cell\/(\d+)\/.*/, "/show/$1"); link_.textContent = holder.textContent.trim(); }
  back(link_ ? [link_] : [...holder.childNodes]);
  cell.classList.toggle("void", !first && Boolean(holder.querySelector(".mut[aria-label]")));
  label(table());
  cell.classList.add("saved");
  setTimeout(() => cell.classList.remove("saved"), 1500);
}

/** Change the first cell of the row under the cursor that may be changed. */
export async function edit() {
  const cells = [...(current()?.cells ?? [])].filter(editable);
  for (const cell of cells) if (await change(cell, true)) return;
  if (current()) toast(t("You may not change anything of this row here."), { kind: "warning" });
}

/** A pencil follows the pointer to the cells that may be changed. */
function pencil() {
  const button = make("button", { type: "button", className: "pencil jh-ib", "aria-label": t("Change here"), tabindex: "-1" }, make("i", { className: "ti ti-pencil", "aria-hidden": "true" }));
  table().addEventListener("pointerover", (event) => {
    const cell = event.pointerType === "mouse" && event.target.closest("tbody td");
    if (cell && !cell.contains(button) && link(cell.closest("tr")) && editable(cell) && !cell.querySelector("form")) cell.append(button);
  });
  table().addEventListener("pointerleave", () => button.remove());
  button.addEventListener("click", () => { const cell = button.closest("td"); button.remove(); change(cell); });
}

/** Begin to serve the list of the page, where there is one. */
export function start() {
  if (!table()) return;
  if (matchMedia("(pointer: fine)").matches) pencil();
  document.addEventListener("jh:moved", () => peek(true));
}
