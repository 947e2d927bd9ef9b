// Charts: drawn when they come into view, zero-based, every mark leads to its rows, with a table for readers.
import { make } from "./float.js";
import { ask, script } from "./net.js";
import { chinese, t } from "./words.js";

const LARGE = 10000; // from here on money axes are in ten thousands (zh) or thousands (en)

export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A value as people read it. */
function said(value, money) {
  const digits = money ? { minimumFractionDigits: 2, maximumFractionDigits: 2 } : { maximumFractionDigits: 2 };
  const text = Math.abs(value).toLocaleString("en-US", digits);
  return (value < 0 ? "−" : "") + (money ? "¥" : "") + text;
}

/** A value on an axis, in short. */
export function axis(value, money, large) {
  if (!money || !large) return value.toLocaleString("en-US");
  return chinese ? String(value / 10000) : `${value / 1000}k`;
}

function table(data) {
  const body = make("tbody");
  for (const row of data.rows) {
    const name = row.url ? make("a", { href: row.url, text: row.label }) : row.label;
    body.append(make("tr", {}, make("th", { scope: "row" }, name), make("td", { className: "num", text: said(row.value, data.money) })));
  }
  const list = make("table", { className: "lt" }, make("caption", { className: "visually-hidden", text: data.title }), body);
  return make("details", { className: "chart-table" }, make("summary", { className: "lnk", text: t("Table") }), list);
}

function picture(data, large) {
  const line = data.kind === "line", text = token("--jh-text-2"), ruled = token("--jh-line");
  const font = { color: text, fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily };
  const names = { type: "category", data: data.rows.map((row) => row.label), axisTick: { show: false }, axisLine: { lineStyle: { color: ruled } },
    axisLabel: { ...font, width: 88, overflow: "truncate", hideOverlap: true } };
  const values = { type: "value", min: (range) => Math.min(0, range.min), minInterval: data.money ? 0 : 1, splitNumber: 4, splitLine: { lineStyle: { color: ruled } },
    axisLabel: { ...font, hideOverlap: true, formatter: (value) => axis(value, data.money, large) } };
  const lying = !line && data.rows.length > 5;
  return {
    animation: false, textStyle: font, grid: { left: 8, right: lying ? 44 : 16, top: 12, bottom: 4, containLabel: true },
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: line ? "line" : "shadow" }, textStyle: { fontSize: 12 },
      formatter: ([at]) => `${at.name}  ${said(at.value, data.money)}` },
    xAxis: lying ? values : names, yAxis: lying ? { ...names, inverse: true } : values,
    series: [{
      type: line ? "line" : "bar", data: data.rows.map((row) => row.value), barMaxWidth: 26, symbolSize: 7, cursor: "pointer",
      itemStyle: { color: token("--jh-act") }, lineStyle: { color: token("--jh-act"), width: 2 },
      label: { show: !line, ...font, fontSize: 11, position: lying ? "right" : "top", formatter: (at) => axis(at.value, data.money, large) },
    }],
  };
}

async function draw(box) {
  try {
    const [data] = await Promise.all([ask(box.dataset.chart), script("vendor/echarts/echarts.min.js", document.body.dataset.echarts)]);
    const large = data.money && data.rows.some((row) => Math.abs(row.value) >= LARGE);
    const heading = make("h2", { text: large && chinese ? `${data.title}（${t("10 thousand yuan")}）` : data.title });
    if (!data.rows.length) {
      box.replaceChildren(heading, make("p", { className: "mut none", text: t("Nothing to draw.") }));
      return;
    }
    const canvas = make("div", { className: "canvas", "aria-hidden": "true" });
    box.replaceChildren(heading, canvas, table(data));
    if (data.kind !== "line" && data.rows.length > 5) canvas.style.height = `${Math.min(data.rows.length * 26 + 30, 420)}px`;
    const chart = window.echarts.init(canvas, null, { renderer: "svg" });
    chart.setOption(picture(data, large));
    chart.on("click", (at) => { const url = data.rows[at.dataIndex]?.url; if (url) location.assign(url); });
    new ResizeObserver(() => chart.resize()).observe(canvas);
  } catch {
    box.replaceChildren(make("p", { className: "mut none", text: t("This chart could not be loaded.") }));
  }
}

/** Begin to watch for charts of the page, or of a part that came later, that come into view. */
export function start(root = document) {
  const boxes = root.querySelectorAll("[data-chart]");
  if (!boxes.length) return;
  const watch = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      if (isIntersecting) { watch.unobserve(target); draw(target); }
    }
  }, { rootMargin: "120px" });
  boxes.forEach((box) => watch.observe(box));
}
