// The customer's page without a login keeps itself up to date.
const EVERY = 5000; // milliseconds between two looks while the stream is away
const order = document.getElementById("order");
let shown = "";

async function refresh() {
  const answer = await fetch(order.dataset.part, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const text = await answer.text();
  if (text !== shown) order.innerHTML = shown = text; // what did not change is not read out again
}

if (order) {
  let polling = 0;
  const source = new EventSource(order.dataset.live);
  source.addEventListener("order", refresh);
  source.addEventListener("ready", () => { clearInterval(polling); polling = 0; refresh(); });
  source.onerror = () => { polling ||= setInterval(refresh, EVERY); };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  window.addEventListener("pagehide", () => source.close(), { once: true });
}

// A message that is sent twice is one: its key is made once for the page.
for (const form of document.querySelectorAll("form[id=say]")) form.addEventListener("submit", () => { form.elements.request.value ||= crypto.randomUUID?.() ?? String(Math.random()); });
