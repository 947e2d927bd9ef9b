// The form of a field: its choices as they will look, more rows for them, and only what its type asks for.
document.querySelector("[data-go]")?.addEventListener("change", (event) => { location.href = event.target.value; });

const form = document.querySelector("[data-field-form]"), box = form?.querySelector("[data-choices]"), list = box?.querySelector("ul");

function look(row) {
  const shown = row.querySelector("[data-look]"), tint = row.querySelector("[name=c-tint]").value;
  shown.className = tint ? `st st-${tint}` : "st";
  shown.textContent = row.querySelector(`[name=${document.documentElement.lang.startsWith("zh") ? "c-zh" : "c-en"}]`).value || row.querySelector("[name=c-zh]").value || "…";
  row.classList.toggle("away", row.querySelector("[name=c-away]").value === "1");
}

function more() {
  const row = list.lastElementChild.cloneNode(true);
  row.querySelectorAll("input, select").forEach((one) => { one.value = ""; });
  look(row);
  list.append(row);
  row.querySelector("[name=c-zh]").focus();
}

function words() {
  const chosen = form.elements.when.selectedOptions[0], how = form.elements.when_how, value = form.elements.when_value;
  document.getElementById("when-words").replaceChildren(...JSON.parse(chosen.dataset.words || "[]").map((word) => new Option(word)));
  how.hidden = !chosen.value;
  value.hidden = !chosen.value || how.value === "filled";
}

if (form) {
  list.querySelectorAll("li").forEach(look);
  list.addEventListener("input", (event) => look(event.target.closest("li")));
  list.addEventListener("change", (event) => look(event.target.closest("li")));
  list.addEventListener("click", (event) => {
    const up = event.target.closest("[data-up]"), row = up?.closest("li");
    if (!up) return;
    event.preventDefault();
    row.previousElementSibling?.before(row);
    form.dispatchEvent(new Event("change", { bubbles: true }));
    up.focus();
  });
  const add = box.querySelector("[data-more]"), kind = form.elements.kind;
  add.hidden = false;
  add.addEventListener("click", more);
  kind?.addEventListener?.("change", () => { box.hidden = !["choice", "tags"].includes(kind.value); });
  if (form.elements.when) {
    words();
    form.addEventListener("change", words);
  }
}
