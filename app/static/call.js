// Order by phone: the number finds the customer, the service and the time give the price.
import { ask } from "./net.js";

const form = document.getElementById("call");
const words = document.getElementById("words").dataset;
const say = (name, facts = {}) => words[name].replace(/\{(\w+)\}/g, (_all, fact) => facts[fact] ?? "");
const caller = document.getElementById("caller");
const newcomer = document.getElementById("newcomer");
const another = document.getElementById("another");

function element(tag, text = "", kind = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function choose(person) {
  form.customer.value = person ? person.id : "";
  newcomer.hidden = Boolean(person);
  if (person && person.usual && !form.querySelector("[name=service]:checked")) {
    const usual = form.querySelector(`[name=service][value="${person.usual}"]`);
    if (usual) { usual.checked = true; price(); }
  }
}

function card(person, alone) {
  const box = element("div", "", "card caller");
  const head = element("div", "", "jh-row");
  const link = element("a", person.name, "b");
  link.href = person.url;
  head.append(link, element("span", person.attention.word, `at at-${person.attention.code}`), element("span", person.phone, "mask mut"));
  if (person.arrears) head.append(element("span", say("owes", { amount: person.arrears }), "bad b"));
  box.append(head, element("p", person.place, "mut sm"));
  for (const text of [person.habits, person.diet]) if (text) box.append(element("p", text, "sm"));
  for (const order of person.orders) {
    const row = element("p", "", "sm");
    const to = element("a", order.text);
    to.href = order.url;
    row.append(to, " ", element("span", order.state, `st st-${order.tint}`));
    box.append(row);
  }
  const button = element("button", alone ? say("change") : say("choose"), "btn btn-s");
  button.type = "button";
  button.addEventListener("click", () => {
    if (alone) { choose(null); another.hidden = false; form.name.focus(); } else { show([person], []); }
  });
  box.append(button);
  return box;
}

function show(mine, others, hint = "") {
  caller.replaceChildren();
  for (const person of mine) caller.append(card(person, mine.length === 1));
  for (const one of others) caller.append(element("p", say("others", { who: one.owner }), "note note-wait"));
  if (!mine.length && !others.length && hint !== null) caller.append(element("p", hint || say("unknown"), "mut sm"));
  another.hidden = !others.length && mine.length < 2;
  choose(mine.length === 1 ? mine[0] : null);
}

let asked = "";
async function find() {
  const phone = form.phone.value.replace(/\D/g, "");
  if (phone === asked) return;
  asked = phone;
  if (phone.length < 7) { caller.replaceChildren(); choose(null); return; }
  try {
    const answer = await ask(`/call/find?phone=${encodeURIComponent(phone)}`);
    if (asked === phone) show(answer.mine, answer.others, answer.hint);
  } catch (problem) { caller.replaceChildren(element("p", problem.message, "note note-bad")); }
}

async function price() {
  const service = form.querySelector("[name=service]:checked");
  if (!service) return;
  const query = new URLSearchParams({ service: service.value, quantity: form.quantity.value || "1", starts_at: form.starts_at.value });
  try {
    const answer = await ask(`/call/price?${query}`);
    document.getElementById("total").textContent = answer.total || "—";
    document.getElementById("ends").textContent = answer.ends ? say("until", { when: answer.ends }) : "";
  } catch (problem) { document.getElementById("ends").textContent = problem.message; }
}

form.phone.addEventListener("input", find);
form.addEventListener("change", (event) => { if (["service", "quantity", "starts_at"].includes(event.target.name)) price(); });
form.quantity.addEventListener("input", price);
if (form.phone.value && !form.customer.value) find();
price();
