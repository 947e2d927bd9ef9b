// A list as a map on a plain canvas: points, clusters of near ones, a scale bar. Nothing is asked of any other machine.
import { make } from "./float.js";
import { look } from "./inplace.js";
import { ask } from "./net.js";
import { t } from "./words.js";

const NEAR = 40, DEGREE = 111320, LISTED = 60; // pixels that make a cluster, metres of a degree, lines beside the map
const place = document.querySelector("[data-map]");
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

class Chart {
  constructor(box, points) {
    this.points = points.map((one) => ({ ...one, lat: one.at[0], lng: one.at[1] }));
    this.canvas = box.querySelector("canvas");
    this.bar = box.querySelector(".map-scale");
    this.side = box.querySelector(".map-side");
    this.held = new Map(); // fingers and the mouse, by their number
    new ResizeObserver(() => { this.fit(); }).observe(this.canvas.parentElement);
    this.listen(box);
  }

  /** Show everything. */
  fit() {
    const { clientWidth: w, clientHeight: h } = this.canvas.parentElement, lats = this.points.map((p) => p.lat), lngs = this.points.map((p) => p.lng);
    const [south, north, west, east] = [Math.min(...lats), Math.max(...lats), Math.min(...lngs), Math.max(...lngs)];
    [this.width, this.height, this.lat, this.lng] = [w, h, (south + north) / 2, (west + east) / 2];
    this.squeeze = Math.cos((this.lat * Math.PI) / 180) || 1;
    this.scale = Math.min((w - 90) / Math.max((east - west) * this.squeeze, 0.01), (h - 90) / Math.max(north - south, 0.01)); // pixels of a degree of latitude
    this.canvas.width = w * devicePixelRatio;
    this.canvas.height = h * devicePixelRatio;
    this.draw();
    this.list(this.points, t("%s points", String(this.points.length)));
  }

  x(one) { return this.width / 2 + (one.lng - this.lng) * this.squeeze * this.scale; }
  y(one) { return this.height / 2 - (one.lat - this.lat) * this.scale; }

  move(dx, dy) {
    this.lng -= dx / this.scale / this.squeeze;
    this.lat += dy / this.scale;
    this.draw();
  }

  /** Closer or further, around a point of the canvas that stays where it is. */
  zoom(by, x = this.width / 2, y = this.height / 2) {
    const factor = Math.min(Math.max(this.scale * by, 2), 4e6) / this.scale;
    this.lng += ((x - this.width / 2) / this.scale / this.squeeze) * (1 - 1 / factor);
    this.lat -= ((y - this.height / 2) / this.scale) * (1 - 1 / factor);
    this.scale *= factor;
    this.draw();
  }

  clusters() {
    const cells = new Map();
    for (const one of this.points) {
      const x = this.x(one), y = this.y(one);
      if (x < -NEAR || y < -NEAR || x > this.width + NEAR || y > this.height + NEAR) continue;
      const key = `${Math.floor(x / NEAR)}:${Math.floor(y / NEAR)}`, cell = cells.get(key) ?? { holds: [], x: 0, y: 0 };
      cell.holds.push(one);
      cell.x += x;
      cell.y += y;
      cells.set(key, cell);
    }
    const found = [];
    for (const { holds, x, y } of cells.values()) { // two that touch over the edge of a cell are one
      const at = { x: x / holds.length, y: y / holds.length }, near = found.find((one) => Math.hypot(one.x - at.x, one.y - at.y) < NEAR * 0.7);
      if (!near) { found.push({ holds, ...at }); continue; }
      const all = near.holds.length + holds.length;
      Object.assign(near, { x: (near.x * near.holds.length + x) / all, y: (near.y * near.holds.length + y) / all, holds: [...near.holds, ...holds] });
    }
    return found.map((one) => ({ ...one, r: one.holds.length > 1 ? Math.min(12 + 3 * Math.log2(one.holds.length), 26) : 7 }));
  }

  /** A point has the colour of its state, else of its attention. */
  tint(one) {
    return token(one.tint ? `--st-${one.tint}-ln` : one.attention ? `--at-${one.attention}` : "--st-plan-ln");
  }

  draw() {
    const pen = this.canvas.getContext("2d");
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    this.areas(pen);
    this.seen = this.clusters();
    for (const { holds, x, y, r } of this.seen) {
      const first = holds[0], key = holds.find((one) => one.attention === "1");
      pen.beginPath();
      pen.arc(x, y, r, 0, 2 * Math.PI);
      pen.fillStyle = holds.length > 1 ? token("--jh-act") : this.tint(first);
      pen.fill();
      pen.lineWidth = key ? 3 : 1.5;
      pen.strokeStyle = key ? token("--at-1") : token("--jh-surface");
      pen.stroke();
      pen.font = `600 12px ${getComputedStyle(document.body).fontFamily}`;
      pen.fillStyle = holds.length > 1 ? "#fff" : token("--jh-text");
      if (holds.length > 1) pen.fillText(String(holds.length), x, y);
      else if (!this.seen.some((other) => other.x !== x && Math.abs(other.x - x) < 56 && other.y > y && other.y - y < 36)) pen.fillText(first.title, x, y + 16);
    }
    this.canvas.dataset.clusters = String(this.seen.length);
    this.measure();
  }

  /** The names of areas, in the middle of their points. */
  areas(pen) {
    const found = new Map();
    for (const one of this.points) if (one.area) found.set(one.area, [...(found.get(one.area) ?? []), one]);
    pen.fillStyle = token("--jh-line-strong");
    pen.font = `700 15px ${getComputedStyle(document.body).fontFamily}`;
    for (const [name, ones] of found) pen.fillText(name, this.x({ lng: mean(ones, "lng") }), this.y({ lat: mean(ones, "lat") }) - 20);
  }

  measure() {
    const metres = DEGREE / this.scale, wide = metres * 100, unit = 10 ** Math.floor(Math.log10(wide));
    const length = [5, 2, 1].find((n) => n * unit <= wide) * unit;
    this.bar.querySelector("i").style.width = `${length / metres}px`;
    this.bar.querySelector("b").textContent = length < 1000 ? `${length} m` : `${length / 1000} km`;
  }

  list(ones, words) {
    this.side.querySelector("h2").textContent = words;
    const line = (one) => make("li", { className: one.attention ? `li-${one.attention}` : "" }, make("a", { href: one.url, "data-peek": one.peek }, make("b", { text: one.title }), " ", make("span", { text: one.sub })),
      ...(one.state ? [make("span", { className: `st st-${one.tint}`, text: one.state })] : []));
    const rest = ones.length - LISTED;
    this.side.querySelector("ul").replaceChildren(...ones.slice(0, LISTED).map(line), ...(rest > 0 ? [make("li", { className: "mut", text: t("and %s more", String(rest)) })] : []));
  }

  /** What stands where one pressed. */
  press(x, y) {
    const found = this.seen.filter((one) => Math.hypot(one.x - x, one.y - y) <= Math.max(one.r, 14)).sort((a, b) => Math.hypot(a.x - x, a.y - y) - Math.hypot(b.x - x, b.y - y))[0];
    if (found) this.list(found.holds, t("%s here", String(found.holds.length)));
  }

  listen(box) {
    const { canvas, held } = this, spot = (event) => ({ x: event.offsetX, y: event.offsetY });
    let far = 0;
    canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); held.set(event.pointerId, spot(event)); far = 0; });
    canvas.addEventListener("pointermove", (event) => {
      const was = held.get(event.pointerId), now = spot(event);
      if (!was) return;
      const other = [...held].find(([id]) => id !== event.pointerId)?.[1];
      if (other) this.zoom(Math.hypot(now.x - other.x, now.y - other.y) / (Math.hypot(was.x - other.x, was.y - other.y) || 1), (now.x + other.x) / 2, (now.y + other.y) / 2);
      else this.move(now.x - was.x, now.y - was.y);
      far += Math.hypot(now.x - was.x, now.y - was.y);
      held.set(event.pointerId, now);
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => {
      if (held.delete(event.pointerId) && end === "pointerup" && far < 6) this.press(event.offsetX, event.offsetY);
    });
    canvas.addEventListener("wheel", (event) => { event.preventDefault(); this.zoom(event.deltaY < 0 ? 1.25 : 0.8, event.offsetX, event.offsetY); }, { passive: false });
    canvas.addEventListener("dblclick", (event) => this.zoom(2.5, event.offsetX, event.offsetY));
    canvas.addEventListener("keydown", (event) => {
      const [dx, dy] = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key] ?? [0, 0];
      const by = { "+": 1.5, "=": 1.5, "-": 1 / 1.5 }[event.key];
      if (!dx && !dy && !by) return;
      event.preventDefault();
      event.stopPropagation();
      by ? this.zoom(by) : this.move(dx, dy);
    });
    box.querySelector(".map-zoom").addEventListener("click", (event) => {
      const way = Number(event.target.closest("[data-zoom]")?.dataset.zoom ?? NaN);
      if (way === 0) this.fit();
      else if (way) this.zoom(way > 0 ? 1.6 : 1 / 1.6);
    });
    this.side.addEventListener("click", (event) => {
      const link = event.target.closest("[data-peek]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      look(link.dataset.peek);
    });
  }
}

const mean = (ones, name) => ones.reduce((sum, one) => sum + one[name], 0) / ones.length;

async function begin() {
  const say = (words) => { place.querySelector(".map-side h2").textContent = words; };
  try {
    const { points, cut, most } = await ask(place.dataset.map);
    if (!points.length) { place.classList.add("bare"); say(t("Nothing in this list has a place yet.")); return; }
    new Chart(place, points);
    if (cut) place.querySelector(".map-side").prepend(make("p", { className: "note note-wait sm", text: t("Only the newest %s are drawn. Narrow the question to see the others.", String(most)) }));
  } catch (problem) {
    say(problem.message);
  }
}

if (place) begin();
