// A chart that somebody made: bars, lines, areas, stacks and slices; each leads to its rows. Its table stands beside it.
import { axis, token } from "./charts.js";
import { make } from "./float.js";
import { script } from "./net.js";
import { chinese, t } from "./words.js";

const LARGE = 10000, MOST = 60; // bars of something that is no time; the table has all
const HUES = ["--jh-act", "--st-wait-ln", "--st-run-ln", "--st-pause-ln", "--st-done-ln", "--st-bad-ln", "--at-3", "--jh-text-3", "--st-plan-ln", "--at-2"];
const drawn = new WeakMap();

const colour = (n) => token(HUES[n % HUES.length]);

function base(data) {
  const text = token("--jh-text-2");
  return { animation: false, backgroundColor: token("--jh-surface"), textStyle: { color: text, fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily } };
}

/** The rows that are drawn: all of a time, of other things the first ones. */
const some = (data) => (data.time ? data.rows : data.rows.slice(0, MOST));

function slices(data, rows) {
  const font = base(data).textStyle;
  const parts = rows.map((row, at) => ({ at, name: row.label, value: row.cells[0].value, text: row.cells[0].text })).filter((one) => one.value > 0);
  return {
    ...base(data),
    tooltip: { trigger: "item", renderMode: "richText", textStyle: { fontSize: 12 }, formatter: (at) => `${at.name}  ${at.data.text}  ${at.percent}%` },
    series: [{
      type: "pie", radius: ["0%", "68%"], data: parts, cursor: "pointer", minShowLabelAngle: 4,
      label: { ...font, formatter: (at) => `${at.name}  ${at.percent}%` },
      itemStyle: { color: (at) => colour(at.dataIndex), borderColor: token("--jh-surface"), borderWidth: 1 },
    }],
  };
}

function crossed(data, rows) {
  const line = data.draw === "line" || data.draw === "area", stacked = data.draw === "stacked" || (data.draw === "area" && data.heads.length > 1 && !data.compared);
  const lying = !line && !data.time && rows.length > 5, several = data.heads.length > 1;
  const values = rows.flatMap((row) => row.cells.slice(0, data.heads.length).map((cell) => Math.abs(cell.value ?? 0)));
  const large = data.money && Math.max(0, ...values) >= LARGE;
  const font = base(data).textStyle, ruled = token("--jh-line");
  const names = { type: "category", data: rows.map((row) => row.label), axisTick: { show: false }, axisLine: { lineStyle: { color: ruled } },
    axisLabel: { ...font, width: 96, overflow: "truncate", hideOverlap: true } };
  const amounts = { type: "value", name: large && chinese ? t("10 thousand yuan") : "", nameTextStyle: font, min: (range) => Math.min(0, range.min), minInterval: data.whole ? 1 : 0, splitNumber: 4,
    splitLine: { lineStyle: { color: ruled } }, axisLabel: { ...font, hideOverlap: true, formatter: (value) => axis(value, data.money, large) } };
  const tell = (points) => [points[0].name, ...points.filter((at) => rows[at.dataIndex].cells[at.seriesIndex].text)
    .map((at) => `${several ? `${at.seriesName}  ` : ""}${rows[at.dataIndex].cells[at.seriesIndex].text}`)].join("\n");
  return {
    ...base(data), grid: { left: 8, right: lying && !several ? 48 : 16, top: several || large ? 34 : 14, bottom: 4, containLabel: true },
    legend: several ? { type: "scroll", top: 0, left: large && chinese ? 64 : 8, right: 8, textStyle: font, icon: "roundRect", itemWidth: 12, itemHeight: 10 } : undefined,
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: line ? "line" : "shadow" }, textStyle: { fontSize: 12 }, formatter: tell },
    xAxis: lying ? amounts : names, yAxis: lying ? { ...names, inverse: true } : amounts,
    series: data.heads.map((name, n) => {
      const past = data.past.includes(n), split = data.compared && data.heads.length > 2;
      const hue = split ? colour(Math.floor(n / 2)) : past ? token("--jh-line-strong") : colour(n);
      return {
        name, type: line ? "line" : "bar", stack: stacked ? (past ? "then" : "now") : undefined, data: rows.map((row) => row.cells[n].value ?? (data.gaps || data.compared ? null : 0)), barMaxWidth: 30, cursor: "pointer",
        symbolSize: 7, itemStyle: { color: hue, opacity: split && past ? 0.4 : 1 }, lineStyle: { color: hue, width: 2, type: past ? "dashed" : "solid" },
        areaStyle: data.draw === "area" && !past ? { color: hue, opacity: stacked ? 0.55 : 0.2 } : undefined,
        label: { show: !line && !several && rows.length <= 31, ...font, fontSize: 11, position: lying ? "right" : "top", formatter: (at) => axis(at.value, data.money, large) },
      };
    }),
  };
}

/** Draw into `box`; as a picture that can be kept, or as lines that stay sharp in a small tile. */
export async function plot(box, data, { renderer = "canvas" } = {}) {
  await script("vendor/echarts/echarts.min.js", document.body.dataset.echarts);
  const rows = some(data);
  const canvas = make("div", { className: "canvas", "aria-hidden": "true" });
  box.replaceChildren(canvas, ...(rows.length < data.rows.length ? [make("p", { className: "mut xs", text: t("The first %s are drawn; the table has all.", MOST) })] : []));
  const pie = data.draw === "pie";
  if (!pie && !data.time && data.draw !== "line" && data.draw !== "area" && rows.length > 5) canvas.style.minHeight = `${rows.length * (data.heads.length > 1 && data.draw === "bar" ? 34 : 24) + 60}px`;
  const chart = window.echarts.init(canvas, null, { renderer });
  chart.setOption(pie ? slices(data, rows) : crossed(data, rows));
  chart.on("click", (at) => {
    const url = pie ? rows[at.data.at].cells[0].url : rows[at.dataIndex]?.cells[at.seriesIndex]?.url;
    if (url) location.assign(url);
  });
  new ResizeObserver(() => chart.resize()).observe(canvas);
  drawn.set(box, chart);
  box.dataset.drawn = data.draw;
  return chart;
}

/** The numbers as a table, for who reads them, and for who would rather. */
export function table(data, title) {
  const number = (cell) => make("td", { className: "num" }, cell.url ? make("a", { href: cell.url, text: cell.text }) : cell.text);
  const heads = [data.by, ...data.heads, ...data.sums, ...(data.compared ? [t("More or less")] : [])];
  const head = make("tr", {}, ...heads.map((text, n) => make("th", { scope: "col", className: n ? "num" : "", text })));
  const body = data.rows.map((row) => make("tr", {}, make("th", { scope: "row", text: row.label }), ...row.cells.map(number), ...(data.compared ? [make("td", { className: "num", text: row.change })] : [])));
  const list = make("table", { className: "lt pv" }, make("caption", { className: "visually-hidden", text: title }), make("thead", {}, head), make("tbody", {}, ...body));
  return make("details", { className: "chart-table" }, make("summary", { className: "lnk", text: t("Table") }), make("div", { className: "list-scroll", tabindex: "0", role: "region", "aria-label": `${title}: ${t("Table")}` }, list));
}

function keep(box, button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const url = drawn.get(box).getDataURL({ type: "png", pixelRatio: 2, backgroundColor: token("--jh-surface") });
    const name = (document.querySelector("h1")?.textContent ?? "chart").trim();
    make("a", { href: url, download: `${name}.png` }).click();
  });
}

const place = document.querySelector("[data-plot]");
if (place) {
  plot(place, JSON.parse(place.dataset.plot)).then(() => {
    const button = document.querySelector("[data-png]");
    if (button) keep(place, button);
  }, () => place.replaceChildren(make("p", { className: "mut none", text: t("This chart could not be loaded.") })));
}
