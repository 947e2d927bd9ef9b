// Pages without a login. A customer's page keeps itself up to date; a carer's sends its place with the check-in.
const order = document.getElementById("order");

async function refresh() {
  const answer = await fetch(order.dataset.part, { headers: { Accept: "text/html" } });
  if (answer.ok) order.innerHTML = await answer.text();
}

if (order) {
  let polling = 0;
  const source = new EventSource(order.dataset.live);
  source.addEventListener("order", refresh);
  source.addEventListener("ready", () => { clearInterval(polling); polling = 0; refresh(); });
  source.onerror = () => { polling ||= setInterval(() => refresh().catch(() => {}), 5000); };
}

const checkIn = document.querySelector("form[data-step=check_in]");
if (checkIn && navigator.geolocation) {
  checkIn.addEventListener("submit", (event) => {
    if (checkIn.dataset.ready) return;
    event.preventDefault();
    const send = (place) => {
      if (place) { checkIn.lat.value = place.coords.latitude; checkIn.lng.value = place.coords.longitude; }
      checkIn.dataset.ready = "1";
      checkIn.submit();
    };
    navigator.geolocation.getCurrentPosition(send, () => send(null), { timeout: 4000, maximumAge: 60000 });
  });
}
