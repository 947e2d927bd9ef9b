// The form of an order: what it comes to as it is typed, line by line, how long it takes, and the kind that follows from the service.
import { make } from "./float.js";
import { ask } from "./net.js";

const form = document.getElementById("record-form"), words = document.getElementById("sum-words").dataset;
const ASKED = ["service", "quantity", "area", "grade", "starts_at", "wanted", "wanted_too", "agreed"];
const box = make("aside", { className: "card form-sec order-sum", id: "order-sum" });
box.setAttribute("aria-live", "polite");
let asked = 0;

function options() {
  return [...form.querySelectorAll("[data-grid=order_option] tr[data-row]")].map((row) => {
    const gone = row.querySelector("[data-remove]")?.checked;
    const one = (name) => form.elements[`line:order_option:${row.dataset.row}:${name}`]?.value ?? "";
    return gone || !one("option") ? "" : `${one("option")}:${one("quantity") || 1}`;
  }).filter(Boolean).join(",");
}

/** A carer asked for: whether they could be sent then, or what stands against it. */
function person({ name, ok, against }) {
  const line = make("p", { className: `note note-${ok ? "done" : "wait"}` }, make("b", { text: name }), ` ${ok ? words.free : against.join(" ")}`);
  line.dataset.free = String(ok);
  return line;
}

function draw(told) {
  const table = make("table", { className: "kids" }), body = make("tbody");
  for (const line of told.lines ?? []) {
    const row = make("tr");
    row.append(make("td", { text: line.label }), make("td", { className: "mut", text: line.how }), make("td", { className: "num fig", text: line.amount }));
    body.append(row);
  }
  table.append(body);
  const head = make("div", { className: "card-h" });
  head.append(make("h2", { text: words.title }));
  const total = make("p", { className: "jh-total", text: told.total ?? "" });
  total.id = "order-total";
  const inner = make("div", { className: "card-b" });
  if (told.lines) inner.append(table, total);
  inner.append(make("p", { className: "mut sm", text: told.kind === undefined ? words.none : words.time.replace("{n}", told.minutes) }));
  if (told.suggested && form.elements.quantity && told.suggested !== form.elements.quantity.value) {
    const take = make("button", { className: "btn btn-s", text: words.take.replace("{n}", told.suggested) });
    take.type = "button";
    take.addEventListener("click", () => {
      form.elements.quantity.value = told.suggested;
      form.elements.quantity.dispatchEvent(new Event("input", { bubbles: true }));
      price();
    });
    inner.append(take);
  }
  if (told.people?.length) inner.append(make("h3", { className: "form-label", text: words.people }), ...told.people.map(person));
  if (told.waits) inner.append(make("p", { className: "note note-wait", text: told.waits }));
  box.replaceChildren(head, inner);
}

async function price() {
  const mine = ++asked, service = form.elements.service?.value;
  if (!service) return draw({});
  const sent = new URLSearchParams(ASKED.map((name) => [name, form.elements[name]?.value ?? ""]));
  sent.set("options", options());
  let told;
  try {
    told = await ask(`/order/price?${sent}`);
  } catch (problem) {
    if (mine === asked) box.replaceChildren(make("p", { className: "mut sm", text: problem.message }));
    return;
  }
  if (mine !== asked) return;
  draw(told);
  const kind = form.elements.kind;
  if (kind && kind.value !== told.kind) {
    kind.value = told.kind;
    kind.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

if (form) {
  form.querySelector(".form-cols")?.firstElementChild.after(box); // beside the form, or on a phone below its first part
  let soon = 0;
  const later = () => { clearTimeout(soon); soon = setTimeout(price, 250); };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  price();
}
