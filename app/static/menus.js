// Menus in the bars: one open at a time; a press elsewhere or Esc closes them.
const opened = () => document.querySelectorAll(".jh-menu[open]");

function shut(kept) {
  opened().forEach((menu) => { if (menu !== kept) menu.open = false; });
}

/** Begin to watch the menus of the page. */
export function start() {
  document.addEventListener("click", (event) => shut(event.target.closest(".jh-menu")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && opened()[0];
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });
}
