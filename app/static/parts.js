// The parts of a record's page that are fetched when their tab opens. Files that are chosen or dropped go up with a bar.
import { make, toast } from "./float.js";
import { token } from "./net.js";
import { t } from "./words.js";

async function load(pane) {
  const answer = await fetch(pane.dataset.part, { credentials: "same-origin" });
  if (!answer.ok) return toast(t("Not possible now. Try again."), { kind: "danger" });
  pane.innerHTML = await answer.text();
  const form = pane.querySelector("[data-drop]");
  form?.querySelector("input[type=file]").addEventListener("change", (event) => send(pane, event.target.files));
}

/** XMLHttpRequest, since fetch does not tell how much has gone up. */
function send(pane, files) {
  if (!files.length) return;
  const body = new FormData(), bar = make("progress", { max: "1", value: "0" }), request = new XMLHttpRequest();
  for (const file of files) body.append("file", file);
  bar.setAttribute("aria-label", t("Sending"));
  pane.querySelector("[data-drop]").append(bar);
  request.upload.addEventListener("progress", (event) => { bar.value = event.loaded / event.total; });
  request.addEventListener("loadend", () => {
    bar.remove();
    if (request.status === 201) return load(pane);
    let words = t("Offline. Try again when back online.");
    try { words = JSON.parse(request.responseText).message || words; } catch { /* no answer at all */ }
    toast(words, { kind: "danger" });
  });
  request.open("POST", pane.dataset.part);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", token());
  request.send(body);
}

function dropping(pane) {
  pane.addEventListener("dragover", (event) => { event.preventDefault(); pane.classList.add("over"); });
  pane.addEventListener("dragleave", () => pane.classList.remove("over"));
  pane.addEventListener("drop", (event) => {
    event.preventDefault();
    pane.classList.remove("over");
    if (pane.querySelector("[data-drop]")) send(pane, event.dataTransfer.files);
  });
}

/** Begin to watch the tabs of a record's page. The address may name the tab to open: #files, #shares. */
export function start() {
  document.querySelectorAll("[data-part][data-tab]").forEach((pane) => {
    const tab = document.getElementById(pane.dataset.tab);
    const opened = () => { if (tab.checked && !pane.dataset.loaded) { pane.dataset.loaded = "1"; load(pane); } };
    if (location.hash === `#${tab.id}`) tab.checked = true;
    tab.closest(".rtabs").addEventListener("change", opened);
    opened();
    dropping(pane);
  });
}
