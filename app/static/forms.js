// Forms: asking before danger, sending once, warning about unsaved words, and showing masked numbers.
import { dialog, make, toast } from "./float.js";
import { ask } from "./net.js";
import { t } from "./words.js";

const SHOWN = 30; // seconds a number stays in full
const SENDING = 8000; // milliseconds in which a second press of the same button counts as the first
const confirmed = new WeakSet();

async function confirmFirst(form, words, submitter) {
  const yes = submitter?.textContent.replace(/^\s*\d*|→.*$/gs, "").trim() || t("Yes");
  if (!await dialog(words, [], { yes, danger: "danger" in form.dataset })) return;
  confirmed.add(form);
  form.requestSubmit(submitter?.form === form ? submitter : undefined);
}

function submitted(event) {
  const form = event.target, words = form.dataset.confirm;
  if (event.defaultPrevented || form.method !== "post") return;
  if (words && !confirmed.has(form)) {
    event.preventDefault();
    confirmFirst(form, words, event.submitter);
  } else if (form.dataset.sent) {
    event.preventDefault();
  } else {
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
    setTimeout(() => { delete form.dataset.sent; form.removeAttribute("aria-busy"); }, SENDING);
  }
}

function unsaved(form) {
  let changed = form.dataset.unsaved === "typed"; // it came back: nothing of it is kept yet
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("change", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}

async function reveal(button) {
  const label = button.dataset.label || "";
  const input = make("input", { className: "form-control", name: "reason", maxlength: "200", autocomplete: "off", required: "" });
  const hint = make("span", { className: "form-hint", text: t("The reason is logged.") });
  const heading = t("Reason to see this in full: %s", label);
  input.setAttribute("aria-label", heading);
  const check = () => {
    if (input.value.trim()) return true;
    hint.textContent = t("Type a reason.");
    hint.classList.add("bad");
    input.focus();
    return false;
  };
  if (!await dialog(heading, [input, hint], { yes: t("Show"), check })) return;
  try {
    const { value, seconds } = await ask(button.dataset.reveal, { form: { reason: input.value.trim() } });
    unmask(button, value, seconds || SHOWN);
  } catch (error) {
    toast(error.message, { kind: "danger" });
  }
}

function unmask(button, value, seconds) {
  const shown = button.parentElement.querySelector("span");
  const masked = shown.textContent;
  const note = make("span", { className: "xs mut", role: "status", text: " " + t("Hidden again in %s s", seconds) });
  shown.textContent = value;
  button.hidden = true;
  button.after(note);
  const end = Date.now() + seconds * 1000;
  const timer = setInterval(() => {
    const left = Math.ceil((end - Date.now()) / 1000);
    note.textContent = " " + t("Hidden again in %s s", left);
    if (left > 0) return;
    clearInterval(timer);
    shown.textContent = masked;
    button.hidden = false;
    note.remove();
  }, 1000);
}

function fillLogin(button) {
  const form = button.closest("form") || document.querySelector("form[method=post]");
  const user = form?.querySelector('[name="username"]');
  const password = form?.querySelector('[type="password"]');
  if (!user || !password) return;
  user.value = button.dataset.username;
  password.value = button.dataset.password || password.value;
  form.querySelector("[type=submit], button:not([type=button])")?.focus();
}

/** Show a password while one types it, or hide it again. */
function eye(button) {
  const input = document.getElementById(button.dataset.eye);
  input.type = input.type === "password" ? "text" : "password";
  button.setAttribute("aria-pressed", String(input.type === "text"));
  button.firstElementChild.className = input.type === "text" ? "ti ti-eye-off" : "ti ti-eye";
  input.focus();
}

function openStep(link, event) {
  const details = document.getElementById(link.dataset.open)?.querySelector("details");
  if (!details) return;
  event.preventDefault();
  details.open = true;
  details.scrollIntoView({ block: "center" });
  details.querySelector("textarea, input:not([type=hidden])")?.focus();
}

/** Begin to serve every form of the page. */
export function start() {
  document.addEventListener("submit", submitted);
  document.addEventListener("click", (event) => {
    const at = event.target.closest("[data-reveal], [data-username], [data-open], [data-eye]");
    if (!at) return;
    if (at.dataset.reveal) { event.preventDefault(); reveal(at); }
    if (at.dataset.username) fillLogin(at);
    if (at.dataset.open) openStep(at, event);
    if (at.dataset.eye) eye(at);
  });
  document.querySelectorAll("form[data-unsaved], form[data-guard]").forEach(unsaved);
  document.querySelector("[data-focus]")?.focus();
  document.querySelectorAll("details").forEach((box) => box.addEventListener("toggle", () => {
    if (box.open && box.closest(".step")) box.querySelector("textarea, input")?.focus();
  }));
}
