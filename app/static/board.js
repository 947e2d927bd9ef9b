// The dispatch board: orders arrive by themselves, candidates come on a click, keys do the rest.
import { toast } from "./float.js";
import { ask } from "./net.js";
import { t } from "./words.js";

const part = (name) => document.getElementById(name);
const [waiting, candidates, plan, said] = ["waiting", "candidates", "plan", "said"].map(part);
const rows = () => [...waiting.querySelectorAll(".wait")];
const current = () => waiting.querySelector(".wait[aria-current=true]");

async function fragment(url, place) {
  const answer = await fetch(url, { headers: { Accept: "text/html" }, credentials: "same-origin" }).catch(() => null);
  if (answer?.ok && !answer.redirected) place.innerHTML = await answer.text();
  else refuse(t(answer ? "Not possible now. Try again." : "Offline. Try again when back online."));
}

function refuse(text) {
  const note = Object.assign(document.createElement("p"), { className: "note note-bad", textContent: text });
  said.replaceChildren(...(text ? [note] : []));
}

function mark(row) {
  current()?.removeAttribute("aria-current");
  row?.setAttribute("aria-current", "true");
  row?.scrollIntoView({ block: "nearest" });
}

async function open(row) {
  mark(row);
  refuse("");
  await fragment(`/board/candidates/${row.dataset.order}`, candidates);
  if (innerWidth < 768) part("who").scrollIntoView();
}

/** What waits, and what is planned, as it is now; the chosen order stays chosen while it waits. */
async function refresh() {
  const kept = current()?.dataset.order;
  await Promise.all([fragment("/board/waiting", waiting), fragment(`/board/plan?day=${part("board").dataset.day}`, plan)]);
  part("waiting-count").textContent = part("waiting-now").textContent;
  mark(rows().find((row) => row.dataset.order === kept));
}

waiting.addEventListener("click", (event) => {
  const row = event.target.closest(".wait");
  if (!row || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  open(row);
});

candidates.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  const form = event.target;
  if (form.dataset.sent) return;
  form.dataset.sent = "1";
  const { order, worker } = form.elements;
  try {
    const answer = await ask(form.action, { form: { order: order.value, worker: worker.value } });
    refuse("");
    toast(answer.message, { kind: "success" });
    const at = rows().findIndex((row) => row.dataset.order === order.value);
    await refresh();
    const next = rows()[Math.min(Math.max(at, 0), rows().length - 1)];
    if (next && innerWidth >= 768) await open(next);
    else await fragment(`/board/candidates/${order.value}`, candidates);
  } catch (problem) {
    await Promise.all([refresh(), fragment(`/board/candidates/${order.value}`, candidates)]);
    refuse(problem.message);
  }
});

document.addEventListener("jiahe:bell", refresh);

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select, dialog") || event.ctrlKey || event.altKey || event.metaKey) return;
  const list = rows();
  const at = list.indexOf(current());
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (step && list.length) {
    event.preventDefault();
    mark(list[Math.min(Math.max(at + step, 0), list.length - 1)]);
  } else if (event.key === "Enter" && at >= 0 && !event.target.closest("button, summary, a")) {
    event.preventDefault();
    open(list[at]);
  } else if (/^[1-9]$/.test(event.key)) {
    candidates.querySelector(`button[data-n="${event.key}"]`)?.click();
  }
});
