// The parts of a record's page that are fetched when their tab opens.
import { start as charts } from "./charts.js";
import { toast } from "./float.js";
import { named, send as upload } from "./upload.js";
import { t } from "./words.js";

async function load(pane) {
  const answer = await fetch(pane.dataset.part, { credentials: "same-origin" });
  if (!answer.ok) return toast(t("Not possible now. Try again."), { kind: "danger" });
  pane.innerHTML = await answer.text();
  charts(pane);
  pane.querySelectorAll("[data-drop] input[type=file]").forEach((input) => input.addEventListener("change", () => {
    const files = [...input.files];
    send(pane, "camera" in input.dataset ? files.map(named) : files);
  }));
}

async function send(pane, files) {
  if (files.length && await upload(pane.dataset.part, files, pane.querySelector("[data-drop]"))) load(pane);
}

function dropping(pane) {
  pane.addEventListener("dragover", (event) => { event.preventDefault(); pane.classList.add("over"); });
  pane.addEventListener("dragleave", () => pane.classList.remove("over"));
  pane.addEventListener("drop", (event) => {
    event.preventDefault();
    pane.classList.remove("over");
    if (pane.querySelector("[data-drop]")) send(pane, [...event.dataTransfer.files]);
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
