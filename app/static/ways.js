// The fields that a board, a calendar, a pivot or a map is made by: a choice takes effect at once.

const form = document.querySelector("[data-way-form]");

if (form) {
  form.classList.add("at-once");
  form.addEventListener("change", () => form.requestSubmit());
  form.addEventListener("submit", () => { // what says nothing stays out of the address
    for (const control of form.elements) if (control.name && !control.value) control.disabled = true;
  });
}
