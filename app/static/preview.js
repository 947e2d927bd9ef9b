// Pictures and papers looked at in the page. A paper is shown by the browser's own viewer; where there is none, its link opens it.
import { make } from "./float.js";
import { t } from "./words.js";

const able = (link) => link.dataset.look === "picture" || (link.dataset.look === "pdf" && navigator.pdfViewerEnabled);

function show(links, at) {
  const box = make("dialog", { className: "jh-look" }), heading = make("h2", { className: "sm" }), place = make("div", { className: "look-in" });
  const open = make("a", { className: "btn btn-s", target: "_blank", rel: "noopener", text: t("Open") });
  const close = make("button", { type: "button", className: "jh-ib", "aria-label": t("Close"), text: "×" });
  const turn = (step, words, sign) => {
    const made = make("button", { type: "button", className: "jh-ib", "aria-label": words, text: sign });
    made.hidden = links.length < 2;
    made.addEventListener("click", () => go(step));
    return made;
  };
  const go = (step) => {
    at = (at + step + links.length) % links.length;
    const link = links[at], name = link.dataset.name;
    heading.textContent = links.length > 1 ? `${name} (${at + 1}/${links.length})` : name;
    box.setAttribute("aria-label", name);
    open.href = link.href;
    place.replaceChildren(link.dataset.look === "picture" ? make("img", { src: link.href, alt: name }) : make("iframe", { src: link.href, title: name }));
  };
  box.append(make("header", {}, heading, turn(-1, t("Previous file"), "‹"), turn(1, t("Next file"), "›"), open, close), place);
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") go(event.key === "ArrowLeft" ? -1 : 1);
  });
  box.addEventListener("click", (event) => { if (event.target === box || event.target === place) box.close(); });
  close.addEventListener("click", () => box.close());
  box.addEventListener("close", () => { box.remove(); links[at].focus(); });
  document.body.append(box);
  go(0);
  box.showModal();
}

/** Begin to serve what can be looked at in the page, wherever it comes to stand. */
export function start() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-look]");
    if (!link || !able(link) || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const links = [...(link.closest("ul.files") ?? link.parentElement).querySelectorAll("a[data-look]")].filter(able);
    show(links, links.indexOf(link));
  });
}
