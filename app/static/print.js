// Prints: the button that prints what is shown, and the editor of templates with its preview.
import { ask, token } from "./net.js";

const WAIT = 700; // milliseconds of quiet before the preview is made anew

function button() {
  const press = document.querySelector("[data-print]"), view = document.querySelector(".prn-view");
  if (!press || !view || !view.offsetParent) return;
  press.hidden = false;
  press.addEventListener("click", () => { view.contentWindow.focus(); view.contentWindow.print(); });
}

function editor(form) {
  const body = form.elements.body, put = form.querySelector("[data-put]"), record = document.querySelector("[data-record]");
  const view = document.querySelector("[data-view]"), wrong = document.querySelector("[data-wrong]"), open = document.querySelector("[data-open-pdf]");
  let waiting = 0, latest = 0, draft = "";

  function say(words) {
    wrong.hidden = !words;
    wrong.querySelector("div").textContent = words;
  }

  async function preview() {
    const mine = ++latest, sent = new FormData(form);
    if (!record.value) return;
    sent.set("record", record.value);
    sent.set("token", draft);
    sent.set("csrf_token", token());
    try {
      const made = await ask(form.dataset.template, { form: sent });
      if (mine !== latest) return;
      draft = made.token;
      say("");
      view.src = `${made.url}?n=${mine}#navpanes=0`;
      open.href = made.url;
      open.hidden = false;
    } catch (problem) {
      if (mine === latest) say(problem.message);
    }
  }

  const soon = () => { clearTimeout(waiting); waiting = setTimeout(preview, WAIT); };
  form.addEventListener("input", soon);
  record.addEventListener("change", soon);
  form.elements.paper.addEventListener("change", () => {
    for (const one of form.querySelectorAll("[data-own]")) one.hidden = form.elements.paper.value !== "own";
  });
  put.addEventListener("change", () => {
    if (!put.value) return;
    body.setRangeText(put.value, body.selectionStart, body.selectionEnd, "end");
    put.value = "";
    body.focus();
    body.dispatchEvent(new Event("input", { bubbles: true }));
  });
  mark(body, Number(wrong.dataset.line || 0));
  if (!wrong.dataset.line) preview();
}

/** Select the line that is wrong. */
function mark(body, line) {
  if (!line) return;
  const lines = body.value.split("\n"), start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  body.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
}

const form = document.querySelector("[data-template]");
button();
if (form) editor(form);
