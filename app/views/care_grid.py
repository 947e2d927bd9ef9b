"""The care day grid as its page shows it: carers x days, the three sums, the change log, and the day that is chosen."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.engine import policy
from app.engine.clock import local, today
from app.engine.current import trusted
from app.engine.present import label
from app.engine.rules import Level
from app.extensions import db
from app.models.care_day import WORK, CareBill, CareChange, CareDay
from app.models.care_sums import NONE
from app.models.dispatch import FREE
from app.models.order import Order
from app.web.cells import cell, shown
from app.workflows import care_bill, care_lines, care_undo
from app.workflows.care_explain import explain_day

SPAN = 14  # days that stand side by side
WEEK = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
ICONS = {
    "start": "calendar-event", "pause": "player-pause", "resume": "player-play", "replace": "users", "add": "plus", "price": "tag",
    "ask": "clock", "refuse": "x", "correct": "pencil", "bill": "receipt", "undo": "arrow-back-up", "end": "check",
}  # fmt: skip


def short(amount: Decimal | None) -> str:
    """A sum as small as a cell is: whole yuan without cents."""
    return "" if amount is None else f"{amount:,.2f}".removesuffix(".00")


def reads(record: Any, *names: str) -> bool:
    return all(policy.level(record, n) >= Level.READ for n in names)


def grid(order: Order, asked: Any) -> dict[str, Any]:
    """What the page shows. Numbers that the actor may not read are not there, and no sum of them either."""
    mine = CareDay.order_id == order.id
    seen = db.session.scalars(select(CareDay).where(mine).order_by(CareDay.on_day, CareDay.from_hour, CareDay.id))
    rows = [r for r in seen if reads(r, "on_day")]  # whoever may not read the day has no place to put the line
    with trusted(WORK):
        whole = db.session.scalar(select(func.count()).select_from(CareDay).where(mine)) == len(rows)
    bills, pays = (whole and bool(rows) and all(reads(r, n) for r in rows) for n in ("bill", "pay"))
    changes = care_bill.changes_of(db.session, order)
    first, days = window(order, rows, asked)
    carers = by_carer(order, rows, days, marks_of(order, changes))
    total = {n: sum((getattr(r, n) or NONE for r in rows), NONE) for n in ("bill", "pay")}
    owed = care_bill.received(db.session, order)
    paid = owed.paid if owed is not None and reads(owed, "paid") else NONE if bills and policy.opens(type(order)) else None
    left = total["bill"] - paid if bills and paid is not None else None
    margin = total["bill"] - total["pay"]
    part = f"{margin * 100 / total['bill']:.1f}" if total["bill"] else ""
    return {
        "order": head(order), "days": days, "carers": carers, "bills": bills, "pays": pays,
        "day_bill": [short(day_sum(rows, d["day"], "bill")) for d in days] if bills else [],
        "day_pay": [short(day_sum(rows, d["day"], "pay")) for d in days] if pays else [],
        "bill": shown("money", total["bill"]) if bills else "", "pay": shown("money", total["pay"]) if pays else "",
        "margin": shown("money", margin) if bills and pays else "", "part": part,
        "paid": shown("money", paid) if left is not None else "", "owes": left is not None and left > 0,
        "left": shown("money", abs(left)) if left is not None else "",
        "before": first - timedelta(days=SPAN), "after": first + timedelta(days=SPAN), "log": log(order, changes),
        "chosen": chosen(rows, asked), "sent": sent(order), "phone": by_day(rows, days, carers),
    }  # fmt: skip


def head(order: Order) -> dict[str, Any]:
    found = {n: cell(order, n).shown for n in ("customer", "service", "starts_at", "ends_at", "address")}
    return {"id": order.id, "name": label(order), "state": cell(order, "state"), **found}


def window(order: Order, rows: list[CareDay], asked: Any) -> tuple[date, list[dict[str, Any]]]:
    """The fortnight that is looked at: that of today, counted from the first day, unless the address says another one."""
    begins = rows[0].on_day if rows else local(order.starts_at).date() if reads(order, "starts_at") else today()
    try:
        first = date.fromisoformat(str(asked.get("from", "")))
    except ValueError:
        last = rows[-1].on_day if rows else begins
        ahead = max((min(today(), last) - begins).days, 0)
        first = begins + timedelta(days=ahead // SPAN * SPAN)
    days = [first + timedelta(days=n) for n in range(SPAN)]
    return first, [
        {"day": d, "n": f"{d.day}", "name": str(WEEK[d.weekday()]), "today": d == today(), "free": d.weekday() > 4, "word": f"{d:%m-%d}"}
        for d in days
    ]  # fmt: skip


def marks_of(order: Order, changes: list[CareChange]) -> dict[tuple[int, date], str]:
    """Which cells say that somebody was replaced, took over, or was added there. What was taken back says nothing."""
    gone = {c.undoes_id for c in changes if c.undoes_id}
    found: dict[tuple[int, date], str] = {}
    for change in reversed(changes):
        if change.id in gone or change.deed not in ("replace", "add") or not reads(change, "deed", "at", "worker", "replaced"):
            continue
        day = care_lines.place_of(order, change.at)[0]
        if change.deed == "replace":
            found[change.replaced_id or 0, day] = "out"
        found[change.worker_id or 0, day] = "in" if change.deed == "replace" else "new"
    return found


def by_carer(order: Order, rows: list[CareDay], days: list[dict[str, Any]], marks: dict[tuple[int, date], str]) -> list[dict[str, Any]]:
    """One row for each carer, in the order in which they came."""
    theirs: dict[int, list[CareDay]] = defaultdict(list)
    for row in rows:
        theirs[row.worker_id].append(row)
    made = []
    for pk, lines in theirs.items():
        known = {d: [x for x in lines if x.on_day == d] for d in {x.on_day for x in lines}}
        cells = [one_cell(order, known.get(d["day"], []), marks.get((pk, d["day"]), "")) for d in days]
        bill = sum((x.bill or NONE for x in lines), NONE) if all(reads(x, "bill") for x in lines) else None
        pay = sum((x.pay or NONE for x in lines), NONE) if all(reads(x, "pay") for x in lines) else None
        many = sum((x.hours / x.full_hours for x in lines if x.kind != "paused" and x.corrects_id is None), NONE)
        gone = any(x.visit is not None and x.visit.state in FREE for x in lines if x.billed_id is None) and reads(lines[-1], "visit")
        made.append({
            "name": cell(lines[0], "worker").shown or "…", "cells": cells, "days": f"{many:.1f}".removesuffix(".0"),
            "bill": shown("money", bill) if bill is not None else "", "pay": shown("money", pay) if pay is not None else "",
            "margin": shown("money", bill - pay) if bill is not None and pay is not None else "", "id": pk,
            "missing": gone, "open": any(x.billed_id is None for x in lines),
        })  # fmt: skip
    return made


def one_cell(order: Order, lines: list[CareDay], mark: str) -> dict[str, Any] | None:
    if not lines:
        return None
    first = lines[0]
    look = "pause" if first.kind == "paused" else "done" if first.billed_id else "run" if first.on_day == today() else "plan"
    if look == "plan" and first.on_day < today():
        look = "done"
    return {
        "id": first.id, "look": look if reads(first, "kind") else "plan", "paused": first.kind == "paused" and reads(first, "kind"),
        "mark": mark,
        "bill": short(sum((x.bill or NONE for x in lines), NONE)) if all(reads(x, "bill") for x in lines) else "",
        "pay": short(sum((x.pay or NONE for x in lines), NONE)) if all(reads(x, "pay") for x in lines) else "",
        "part": f"{first.hours:.1f}".removesuffix(".0") if first.hours < first.full_hours and reads(first, "hours") else "",
        "url": f"/care/{order.id}?line={first.id}#chosen", "corrected": len(lines) > 1, "day": first.on_day,
    }  # fmt: skip


def day_sum(rows: list[CareDay], day: date, name: str) -> Decimal | None:
    found = [getattr(r, name) or NONE for r in rows if r.on_day == day]
    return sum(found, NONE) if found else None


def by_day(rows: list[CareDay], days: list[dict[str, Any]], carers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same as a list of days, for a phone."""
    there = {r.on_day for r in rows}
    return [
        {**d, "cells": [{**c["cells"][n], "name": c["name"]} for c in carers if c["cells"][n]]}
        for n, d in enumerate(days) if d["day"] in there
    ]  # fmt: skip


def log(order: Order, changes: list[CareChange]) -> list[dict[str, Any]]:
    """The change log. The last change may be taken back by whoever might have done it."""
    with trusted(WORK):
        last = care_undo.last_change(db.session, order)
    undoes = last.id if last is not None and order.state in care_lines.LIVE and care_undo.may_undo(order, last) else 0
    gone = {c.undoes_id for c in changes if c.undoes_id}
    made = []
    for c in changes:
        names = ("at", "doer", "deed", "until", "replaced", "worker", "reason", "price_before", "price", "approver")
        told = {n: cell(c, n).shown for n in names}
        code = c.deed if reads(c, "deed") else ""
        made.append({**told, "icon": ICONS.get(code, "history"), "id": c.id, "undo": c.id == undoes, "gone": c.id in gone, "code": code})
    return made


def chosen(rows: list[CareDay], asked: Any) -> dict[str, Any] | None:
    """The day that was chosen: else today's, else the first."""
    said = str(asked.get("line", ""))
    line = next((r for r in rows if str(r.id) == said), None) or next((r for r in rows if r.on_day == today()), rows[0] if rows else None)
    if line is None:
        return None
    names = ("worker", "on_day", "kind", "hours", "price", "bill", "rate", "pay", "reason", "billed")
    told = [(n, CareDay.__fields__[n].label, cell(line, n)) for n in names]
    visit = line.visit if line.visit is not None and reads(line, "visit") and policy.seen(line.visit) else None
    times = [(type(visit).__fields__[n].label, cell(visit, n).shown) for n in ("checked_in_at", "finished_at")] if visit is not None else []
    how: list[dict[str, str]] = []
    for name in ("bill", "pay"):
        if reads(line, name, "hours", "price" if name == "bill" else "rate"):
            formula, parts, total = explain_day(db.session, line, name)
            how.append({
                "formula": str(formula), "total": shown("money", total),
                "parts": " · ".join(f"{word} {short(value)}" for word, value, _row, _why in parts),
            })  # fmt: skip
    return {
        "id": line.id, "day": line.on_day if reads(line, "on_day") else None, "worker": line.worker_id if reads(line, "worker") else None,
        "fields": [(str(word), c) for _n, word, c in told if c.shown and c.look != "none"], "times": [(str(w), s) for w, s in times if s],
        "closed": line.billed_id is not None, "paused": line.kind == "paused", "how": how, "name": cell(line, "worker").shown,
        "corrects": line.corrects_id is not None,
    }  # fmt: skip


def sent(order: Order) -> list[dict[str, str]]:
    """The bills so far."""
    if not policy.opens(CareBill):
        return []
    found = db.session.scalars(select(CareBill).where(CareBill.order_id == order.id).order_by(CareBill.id.desc()))
    told = ("until", "amount")
    return [{"url": f"/care_bill/show/{b.id}", "name": label(b)} | {n: cell(b, n).shown for n in told} for b in found]
