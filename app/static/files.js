// The files of a record: fetched when their tab opens; chosen, dropped or pasted ones go up with a bar that shows how far.
import { make, toast } from "./float.js";
import { token } from "./net.js";
import { t } from "./words.js";

async function load(pane) {
  const answer = await fetch(pane.dataset.files, { credentials: "same-origin" });
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
  request.open("POST", pane.dataset.files);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", token());
  request.send(body);
}

/** Begin to watch the files' tab of a record's page. */
export function start() {
  const pane = document.querySelector("[data-files]"), tab = document.getElementById("files");
  if (!pane || !tab) return;
  const opened = () => { if (tab.checked && !pane.dataset.loaded) { pane.dataset.loaded = "1"; load(pane); } };
  tab.addEventListener("change", opened);
  if (location.hash === "#files") tab.checked = true;
  opened();
  pane.addEventListener("dragover", (event) => { event.preventDefault(); pane.classList.add("over"); });
  pane.addEventListener("dragleave", () => pane.classList.remove("over"));
  pane.addEventListener("drop", (event) => {
    event.preventDefault();
    pane.classList.remove("over");
    if (pane.querySelector("[data-drop]")) send(pane, event.dataTransfer.files);
  });
}
