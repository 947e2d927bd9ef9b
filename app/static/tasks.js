// The page of a task: its bar moves, and the page shows the end when it has come.
import { ask } from "./net.js";

const EVERY = 700; // milliseconds between two looks

async function look(place) {
  try {
    const task = await ask(place.dataset.task);
    if (!task.open) { location.reload(); return; }
    document.getElementById("task-bar").max = task.total || 1;
    document.getElementById("task-bar").value = task.done;
    document.getElementById("task-count").textContent = `${task.done} / ${task.total}`;
    document.querySelector("#task-state .st").lastChild.textContent = task.state_label;
  } catch { /* the next look may reach it */ }
  setTimeout(() => look(place), EVERY);
}

/** Begin to watch, on the page of a task that has not ended. */
export function start() {
  const place = document.querySelector("[data-task]");
  if (place) setTimeout(() => look(place), EVERY);
}
