// Order by phone: the number finds the customer, the service and the time give the price. Every move has a key.
import { ask } from "./net.js";

const form = document.getElementById("call");
const words = document.getElementById("words").dataset;
const say = (name, facts = {}) => words[name].replace(/\{(\w+)\}/g, (_all, fact) => facts[fact] ?? "");
const caller = document.getElementById("caller");
const newcomer = document.getElementById("newcomer");
const another = document.getElementById("another");
const ends = document.getElementById("ends");

function element(tag, text = "", kind = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function choose(person) {
  form.customer.value = person ? person.id : "";
  newcomer.hidden = Boolean(person);
  const usual = person?.usual && form.querySelector(`[name=service][value="${person.usual}"]`);
  if (usual && !form.querySelector("[name=service]:checked")) { usual.checked = true; price(); }
}

function head(person) {
  const row = element("div", "", "jh-row");
  const link = element("a", person.name, "b");
  link.href = person.url;
  row.append(link, element("span", person.attention.word, `at at-${person.attention.code}`), element("span", person.phone, "mask mut"));
  if (person.arrears) row.append(element("span", say("owes", { amount: person.arrears }), "bad b"));
  return row;
}

function card(person, chosen, others) {
  const box = element("div", "", `card caller${chosen ? " on" : ""}`);
  box.append(head(person), element("p", person.place, "mut sm"));
  for (const text of [person.habits, person.diet, person.carer && say("carer", { name: person.carer })]) if (text) box.append(element("p", text, "sm"));
  for (const order of person.orders) {
    const row = element("p", "", "sm");
    const to = element("a", order.text);
    to.href = order.url;
    row.append(to, " ", element("span", order.state, `st st-${order.tint}`));
    box.append(row);
  }
  const button = element("button", say(chosen ? "change" : others.refused ? "back" : "choose"), "btn btn-s");
  button.type = "button";
  button.addEventListener("click", () => {
    if (!chosen) return draw(others, person);
    draw({ ...others, refused: true }, null);
    form.elements.name.focus();
  });
  box.append(button);
  return box;
}

function draw(answer, chosen) {
  caller.replaceChildren(...answer.mine.filter((p) => !chosen || p === chosen).map((p) => card(p, p === chosen, answer)));
  for (const one of answer.others) caller.append(element("p", say("others", { who: one.owner }), "note note-wait"));
  if (!answer.mine.length && !answer.others.length) caller.append(element("p", answer.hint || say("unknown"), "mut sm"));
  another.hidden = Boolean(chosen) || !(answer.others.length || answer.mine.length);
  if (another.hidden) form.another.checked = false;
  choose(chosen);
}

let asked = "", finding = Promise.resolve();
function find() {
  const phone = form.phone.value.replace(/[^\d+]/g, "");
  if (phone === asked) return finding;
  asked = phone;
  if (phone.length < 7) { caller.replaceChildren(); choose(null); return finding; }
  finding = ask(`/call/find?phone=${encodeURIComponent(phone)}`).then(
    (answer) => { if (asked === phone) draw(answer, answer.mine.length === 1 ? answer.mine[0] : null); },
    (problem) => { caller.replaceChildren(element("p", problem.message, "note note-bad")); asked = ""; },
  );
  return finding;
}

async function price() {
  const service = form.querySelector("[name=service]:checked");
  if (!service) return;
  const query = new URLSearchParams({ service: service.value, quantity: form.quantity.value || "1", starts_at: form.starts_at.value, area: form.area.value });
  const total = document.getElementById("total");
  try {
    const answer = await ask(`/call/price?${query}`);
    total.textContent = answer.total || "—";
    document.getElementById("price-lines").textContent = answer.lines.join(" · ");
    ends.textContent = answer.ends ? say("until", { when: answer.ends }) : "";
  } catch (problem) { total.textContent = "—"; ends.textContent = problem.message; }
}

form.phone.addEventListener("input", find);
form.phone.addEventListener("keydown", async (event) => { // Enter goes on: to the name of a new one, to the service of a known one
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
  event.preventDefault();
  await find();
  const next = form.customer.value ? form.querySelector("[name=service]:checked") ?? form.querySelector("[name=service]") : form.elements.name;
  next?.focus();
});
document.addEventListener("keydown", (event) => {
  if (!event.altKey || !/^Digit[1-9]$/.test(event.code)) return;
  const service = form.querySelectorAll("[name=service]")[event.code.slice(5) - 1];
  if (!service) return;
  event.preventDefault();
  service.checked = true;
  service.focus();
  price();
});
form.addEventListener("change", (event) => { if (["service", "starts_at"].includes(event.target.name)) price(); });
form.quantity.addEventListener("input", price);
form.area.addEventListener("input", price);
if (form.phone.value && !form.customer.value) find();
price();
