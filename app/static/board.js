// The dispatch board: orders arrive by themselves, candidates come on a click, keys do the rest.
const waiting = document.getElementById("waiting");
const candidates = document.getElementById("candidates");
const rows = () => [...waiting.querySelectorAll(".wait")];
const current = () => waiting.querySelector(".wait[aria-current=true]");

async function fragment(url, place) {
  const answer = await fetch(url, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (answer.ok) place.innerHTML = await answer.text();
}

function mark(row) {
  current()?.removeAttribute("aria-current");
  row?.setAttribute("aria-current", "true");
  row?.scrollIntoView({ block: "nearest" });
}

async function open(row) {
  mark(row);
  await fragment(`/board/candidates/${row.dataset.order}`, candidates);
}

waiting.addEventListener("click", (event) => {
  const row = event.target.closest(".wait");
  if (!row || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  open(row);
});

document.addEventListener("jiahe:bell", async () => {
  const kept = current()?.dataset.order;
  await fragment("/board/waiting", waiting);
  document.getElementById("waiting-count").textContent = rows().length;
  mark(rows().find((row) => row.dataset.order === kept));
});

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || event.ctrlKey || event.altKey || event.metaKey) return;
  const list = rows();
  const at = list.indexOf(current());
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (step && list.length) {
    event.preventDefault();
    mark(list[Math.min(Math.max(at + step, 0), list.length - 1)]);
  } else if (event.key === "Enter" && at >= 0 && !event.target.closest("button, a:not(.wait)")) {
    event.preventDefault();
    open(list[at]);
  } else if (/^[1-9]$/.test(event.key)) {
    candidates.querySelector(`button[data-n="${event.key}"]`)?.click();
  }
});
