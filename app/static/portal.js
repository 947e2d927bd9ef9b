// Pages without a login. A customer's page keeps itself up to date; a carer's sends its place with the check-in.
const EVERY = 5000; // milliseconds between two looks while the stream is away
const PATIENCE = 6000; // milliseconds that a check-in waits for a place, the question to the carer included
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

const checkIn = document.querySelector("form[data-step=check_in]");
if (checkIn && navigator.geolocation) {
  checkIn.addEventListener("submit", (event) => {
    event.preventDefault();
    if (checkIn.dataset.sent) return;
    checkIn.dataset.sent = "1";
    let gone = false;
    const send = (place) => {
      if (gone) return;
      gone = true;
      if (place) { checkIn.lat.value = place.coords.latitude; checkIn.lng.value = place.coords.longitude; }
      checkIn.submit();
    };
    setTimeout(send, PATIENCE); // a question nobody answers must not hold up the work
    navigator.geolocation.getCurrentPosition(send, () => send(), { timeout: 4000, maximumAge: 60000 });
  });
}
