// Expressions worked out on the page, by the rules of app/engine/expr/work.py; a property test holds the two together.
// A value is null or [type, what it holds]: n a number in millionths, d a day, m minutes, t text, b yes or no, l texts, r a record.
const UNIT = 1000000n, MOST = 10n ** 21n, DAY = 1440n, LAST = 3652059n, NO = ["b", false];
const SUMS = "+-*/";

const abs = (a) => a < 0n ? -a : a;
const floor = (a, b) => a / b - (a % b !== 0n && a < 0n ? 1n : 0n); // b above nought
const halved = (a, b) => { const found = (abs(a) * 2n + b) / (b * 2n); return a < 0n ? -found : found; };
const number = (units) => abs(units) <= MOST ? ["n", units] : null;
const day = (n) => n >= 1n && n <= LAST ? ["d", n] : null;
const yes = (value) => value !== null && value[0] === "b" && value[1] === true;

function scaled(text) {
  const found = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (!found || !(found[2] || found[3])) return null;
  const part = found[3] ?? "", whole = BigInt(found[2] + part || "0"), more = 6 - part.length;
  const units = more >= 0 ? whole * 10n ** BigInt(more) : halved(whole, 10n ** BigInt(-more));
  return number(found[1] === "-" ? -units : units);
}

function ordinal(text) {
  const found = /^(\d{4})-(\d{2})-(\d{2})/.exec(text);
  if (!found) return null;
  const at = new Date(0);
  at.setUTCFullYear(Number(found[1]), Number(found[2]) - 1, Number(found[3]));
  if (at.getUTCMonth() + 1 !== Number(found[2]) || at.getUTCDate() !== Number(found[3])) return null;
  return BigInt(Math.round(at.getTime() / 86400000)) + 719163n;
}

/** A value from the text of an input, or from what the server sent. */
export function taken(tag, given) {
  if (tag === "b") return ["b", Boolean(given)];
  if (given === null || given === undefined || given.length === 0) return null;
  if (tag === "n") return scaled(given);
  if (tag === "d") { const found = ordinal(given); return found === null ? null : ["d", found]; }
  if (tag === "m") {
    const found = ordinal(given), time = /T(\d{2}):(\d{2})/.exec(given);
    return found === null || !time ? null : ["m", found * DAY + BigInt(time[1]) * 60n + BigInt(time[2])];
  }
  return [tag, given];
}

const same = (a, b) => a[0] === b[0] && (Array.isArray(a[1]) ? a[1].length === b[1].length && a[1].every((one, n) => one === b[1][n]) : a[1] === b[1]);
const onlyDay = (value) => value[0] === "m" ? ["d", floor(value[1], DAY)] : value;
const alike = (a, b) => a[0] + b[0] === "dm" || a[0] + b[0] === "md" ? [onlyDay(a), onlyDay(b)] : [a, b];

function compared(op, left, right) {
  const [a, b] = alike(left, right);
  if (a[0] !== b[0]) return false;
  if (op === "=" || op === "!=") return same(a, b) === (op === "=");
  if (!"ndm".includes(a[0])) return false;
  return op === "<" ? a[1] < b[1] : op === "<=" ? a[1] <= b[1] : op === ">" ? a[1] > b[1] : a[1] >= b[1];
}

function reckoned(op, left, right) {
  let [s, a] = left, [t, b] = right;
  if (s === "n" && t === "n") {
    if (op === "/") return b === 0n ? null : number(halved(b > 0n ? a * UNIT : -a * UNIT, abs(b)));
    return number(op === "+" ? a + b : op === "-" ? a - b : halved(a * b, UNIT));
  }
  if (op !== "+" && op !== "-") return null;
  if (op === "+" && s === "n") [s, a, t, b] = [t, b, s, a];
  const step = op === "+" ? b : -b;
  if (t === "n" && s === "d") return day(a + floor(step, UNIT));
  if (t === "n" && s === "m") {
    const moved = a + floor(step * DAY, UNIT);
    return moved >= DAY && moved < (LAST + 1n) * DAY ? ["m", moved] : null;
  }
  if (op === "-" && s === "m" && t === "m") return number(halved((a - b) * UNIT, DAY));
  if (op === "-" && "dm".includes(s) && "dm".includes(t)) return number((onlyDay(left)[1] - onlyDay(right)[1]) * UNIT);
  return null;
}

function result(op, found) {
  const [a, b] = found;
  if (op === "and") return ["b", yes(a) && yes(b)];
  if (op === "or") return ["b", yes(a) || yes(b)];
  if (op === "not") return ["b", !yes(a)];
  if (op === "empty") return ["b", a === null];
  const none = SUMS.includes(op) ? null : NO;
  if (a === null) return none;
  if (op === "in") return ["b", found.slice(1).some((one) => one !== null && same(...alike(a, one)))];
  if (b === null) return none;
  if (SUMS.includes(op)) return reckoned(op, a, b);
  if (op === "contains") return ["b", "tl".includes(a[0]) && b[0] === "t" && a[1].includes(b[1])];
  return ["b", compared(op, a, b)];
}

/** The value of a tree as the server sends it: [op, ...parts], ["field", name, type], ["value", type, what]. `given(name, type)` tells a field's. */
export function worked(tree, given, today) {
  const [op, ...parts] = tree;
  if (op === "field") return given(parts[0], parts[1]);
  if (op === "value") return taken(parts[0], parts[1]);
  if (op === "today") return ["d", BigInt(today)];
  return result(op, parts.map((one) => worked(one, given, today)));
}

const amount = (text) => text.trim().replace(/[,，]/g, "").replace(/^[¥￥]+/, "");

/** What stands in an input of a form, as a value of one type. */
export function typed(input, tag) {
  if (tag === "b") return ["b", input.type === "checkbox" ? input.checked : input.value === "1"];
  const text = input.value.trim();
  if (tag === "l") return taken("l", text.split(/[,，、;；\s]+/).filter(Boolean));
  return taken(tag, tag === "n" ? amount(text) : text);
}

/** Whether an expression holds for what stands in a form; `sent` is what the server says of fields that have no input here. */
export function holds(tree, form, sent) {
  const given = (name, tag) => {
    const found = form.elements[name], input = found instanceof RadioNodeList ? found[found.length - 1] : found;
    return input ? typed(input, tag) : taken(tag, sent.fields?.[name]);
  };
  return yes(worked(tree, given, sent.today ?? 1));
}
