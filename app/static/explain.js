// Where a number comes from, opened over the record; without scripts, or with a new tab, its page opens.
import { make } from "./float.js";
import { t } from "./words.js";

async function show(link) {
  const answer = await fetch(`${link.href}?part=1`, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) { window.location.assign(link.href); return; }
  const read = new DOMParser().parseFromString(await answer.text(), "text/html");
  const box = make("dialog", { className: "jh-look jh-explain", "aria-label": link.getAttribute("aria-label") ?? "" });
  const close = make("button", { type: "button", className: "jh-ib", "aria-label": t("Close"), text: "×" });
  const open = make("a", { className: "btn btn-s", href: link.href, text: t("Open") });
  const place = make("div", { className: "explain-in", tabIndex: 0 });
  place.append(...read.body.children);
  box.append(make("header", {}, make("h2", { className: "sm", text: link.getAttribute("aria-label") ?? "" }), open, close), place);
  close.addEventListener("click", () => box.close());
  box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
  box.addEventListener("close", () => { box.remove(); link.focus(); });
  document.body.append(box);
  box.showModal();
}

/** Begin to explain the numbers of the page, wherever they come to stand. */
export function start() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-explain]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    show(link);
  });
}
