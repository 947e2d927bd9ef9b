// Ticking rows: shift ticks a range, the head ticks the page, and the bar tells how many. On the page of a deed, typing ticks the field.
import { t } from "./words.js";

function list(bar) {
  const ticks = () => [...document.querySelectorAll('input[name="ids"][form="bulk"]')];
  const head = document.querySelector("[data-tick-all]"), all = bar.elements.all, said = bar.querySelector("[data-ticked]");
  let last = null;
  const tell = () => {
    const on = ticks().filter((one) => one.checked).length;
    bar.hidden = on === 0;
    if (on === 0 && all) all.checked = false;
    if (head) { head.checked = on > 0 && on === ticks().length; head.indeterminate = on > 0 && !head.checked; }
    said.textContent = t("%s chosen", all?.checked ? all.dataset.count : on);
  };
  document.addEventListener("click", (event) => {
    const box = event.target.closest('input[name="ids"][form="bulk"]');
    if (!box) return;
    const boxes = ticks();
    if (event.shiftKey && last && last !== box) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((one) => { one.checked = box.checked; });
    }
    last = box;
    tell();
  });
  head?.addEventListener("change", () => { ticks().forEach((one) => { one.checked = head.checked; }); tell(); });
  all?.addEventListener("change", () => { if (all.checked) ticks().forEach((one) => { one.checked = true; }); tell(); });
  addEventListener("pageshow", tell);
  tell();
}

function deed(form) {
  form.addEventListener("input", (event) => {
    const box = event.target.closest(".bulk-field")?.querySelector('input[name="__set"]');
    if (box && box !== event.target) box.checked = true;
  });
  form.addEventListener("change", (event) => {
    const box = event.target.closest(".bulk-field")?.querySelector('input[name="__set"]');
    if (box && box !== event.target) box.checked = true;
  });
}

/** Begin to serve the ticks of a list, or the form of a deed. */
export function start() {
  const bar = document.querySelector("form[data-bulk]"), form = document.querySelector("form.bulk-form");
  if (bar) list(bar);
  if (form) deed(form);
}
