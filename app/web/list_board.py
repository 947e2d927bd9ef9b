"""A list as a board: a column for each code of a choice or each state of a workflow, and cards that move between them."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import literal, select, union_all

from app.engine import policy, query
from app.engine.errors import Forbidden, Missing, NotInThisState, Refused
from app.engine.fields import fields_of
from app.engine.groups import grouped, measures
from app.engine.present import apply
from app.engine.verbs import VERBS
from app.extensions import db
from app.web.asked import Asked
from app.web.cells import choices, described, shown
from app.web.listing import head, lines
from app.web.look import Look, columns, look
from app.web.settable import settable

SHOWN = 20  # cards of a column before "more"
NONE = ""  # the column of rows that hold nothing


def options(model: Any) -> list[tuple[str, str]]:
    """The fields that may make the columns: the workflow's state, and every choice the actor may compare."""
    fields = policy.comparable(model)
    found = [(n, described(model, n)) for n in fields]
    return [(n, said["label"]) for n, said in found if said["kind"] in ("state", "choice")]


def chosen(model: Any, asked: Asked) -> str:
    """The field of the address, else the state, else the first choice that has colours, else the first."""
    able, said = [n for n, _label in options(model)], dict(asked.look).get("by", "")
    if not able:
        raise Missing
    usual = [*(n for n in able if n == "state"), *(n for n in able if fields_of(model)[n].tints), *able]
    return said if said in able else usual[0]


def flowing(model: Any, by: str) -> bool:
    return by == "state" and model.__flow__ is not None


def context(view: Any, asked: Asked) -> dict[str, Any]:
    """Everything the board needs; two queries, beside those of every list."""
    model, by = view.model, chosen(view.model, asked)
    shape = cards_of(view, asked, by)
    heads, money = counts(model, by, asked, shape)
    codes = lanes(model, by, heads)
    found = first_rows(model, by, [c for c, *_rest in codes if heads[c]["n"]], asked, shape)
    total = sum(h["n"] for h in heads.values())
    return {
        "lanes": [
            {"code": code, "label": word, "tint": tint, **heads[code], "cards": cards(view, by, shape, found.get(code, [])[:SHOWN]),
             "more_url": behind(view, asked, by, code, found[code][SHOWN - 1].id) if len(found.get(code, ())) > SHOWN else ""}
            for code, word, tint in codes
        ],
        "columns": columns(model, shape, lambda _n: {}), "by": by, "by_options": options(model), "board_empty": not total,
        "money": described(model, money)["label"] if money else "",
        "graph": json.dumps(graph(model, by), ensure_ascii=False), "move_url": asked.url(f"{view.base}/move/0", after=None, by=by),
    } | head(view, asked, f"{total:,}")  # fmt: skip


def cards_of(view: Any, asked: Asked, by: str) -> Look:
    """What stands on a card: the list's columns but the one that the board shows by its place."""
    names = look(view, asked).names
    return Look([n for n in names if n != by] or names, {})


def counts(model: Any, by: str, asked: Asked, shape: Look) -> tuple[dict[Any, dict[str, Any]], str]:
    """{code: {n, count, sum}} of every column, and the field that is summed: the first money column one may read. One query."""
    money = [n for n in measures(model, shape.names) if described(model, n)["kind"] == "money"][:1]
    found: dict[Any, dict[str, Any]] = {c: {"n": 0, "count": "0", "sum": ""} for c, _word in [*choices(model, by), (NONE, "")]}
    known = policy.readable_where(model, by)
    wanted = [*asked.conditions(model), *([] if known is None else [known])]
    for key, count, *sums in db.session.execute(grouped(model, by, money, wanted)):
        total = shown("money", sums[0]) if sums and sums[0] is not None else ""
        found[key or NONE] = {"n": count, "count": f"{count:,}", "sum": total}
    return found, money[0] if money else ""


def lanes(model: Any, by: str, heads: dict[Any, Any]) -> list[tuple[Any, str, str]]:
    """(code, word, tint) in their own order; codes that are no longer offered stand at the end while rows hold them."""
    field, words = fields_of(model)[by], dict(choices(model, by))
    tints = {s.name: s.tint for s in model.__flow__.states.values()} if flowing(model, by) else dict(field.tints or {})
    codes = [*words, *(c for c in heads if c not in words and c != NONE)]
    last = [(NONE, str(_("(none)")), "")] if heads[NONE]["n"] or not (flowing(model, by) or holds_always(model, by)) else []
    return [*((c, str(words.get(c, c)), tints.get(c, "")) for c in codes), *last]


def holds_always(model: Any, by: str) -> bool:
    """Whether a record cannot be without it."""
    column = model.__table__.c.get(by)
    return column is not None and not column.nullable


def where(model: Any, by: str, code: Any) -> Any:
    return query.where(model, by, "eq", code) if code != NONE else query.where(model, by, "empty", "1")


def first_rows(model: Any, by: str, codes: list[Any], asked: Asked, shape: Look) -> dict[Any, list[Any]]:
    """The first rows of each column, one more than is shown. One query: each column is a page of its own, so an index serves it."""
    if not codes:
        return {}
    wanted, keys = asked.conditions(model), query.ordered(query.order(model, asked.by))
    parts = [
        select(literal(str(code)).label("lane"), model.id.label("id")).where(*wanted, where(model, by, code)).order_by(*keys)
        .limit(SHOWN + 1).subquery()
        for code in codes
    ]  # fmt: skip
    first = union_all(*[select(part) for part in parts]).subquery()
    rows = select(first.c.lane, model).join(first, first.c.id == model.id).options(*query.loads(model, shape.names)).order_by(*keys)
    found: dict[Any, list[Any]] = {}
    for lane, record in db.session.execute(rows):
        found.setdefault(lane, []).append(record)
    return found


def behind(view: Any, asked: Asked, by: str, code: Any, after: int) -> str:
    """The cards that follow in one column."""
    more = (by, "eq", str(code)) if code != NONE else (by, "empty", "1")
    return asked.url(f"{view.base}/cards", filters=[*asked.filters, more], by=by, after=after)


def some(view: Any, asked: Asked) -> dict[str, Any]:
    """More cards of one column; the address asks for that column alone."""
    model, by = view.model, chosen(view.model, asked)
    shape = cards_of(view, asked, by)
    found = query.page(db.session, model, asked.conditions(model), by=asked.by, after=asked.after, size=SHOWN, eager=shape.names)
    return {
        "columns": columns(model, shape, lambda _n: {}), "rows": cards(view, by, shape, found.rows),
        "more_url": asked.url(f"{view.base}/cards", after=found.after) if found.after else "",
    }  # fmt: skip


def cards(view: Any, by: str, shape: Look, rows: list[Any]) -> list[dict[str, Any]]:
    """The rows as cards, each with the ways it may go."""
    made = zip(lines(view, shape, rows), rows, strict=True)
    return [line | {"card": {"version": r.version, "ways": " ".join(ways(r, by))}} for line, r in made]


def ways(record: Any, by: str) -> list[str]:
    """The steps that the actor may take of a record now; of a plain field ``*`` when he may set it."""
    model = type(record)
    if model.__appended__:
        return []
    if not flowing(model, by):
        return ["*"] if settable(record, by) else []
    verbs, flow = VERBS.get(model, {}), model.__flow__(record)
    return [
        s.name for s in flow.possible()
        if (verbs[s.name].fits(record) and verbs[s.name].allowed(record) if s.name in verbs else flow.allowed(s))
    ]  # fmt: skip


def graph(model: Any, by: str) -> dict[str, Any]:
    """The steps that people take, for the board: from where, to where, and what each asks for. A verb stands for the step of its name."""
    if not flowing(model, by):
        return {}
    made, verbs = {}, VERBS.get(model, {})
    for step in model.__flow__.steps.values():
        verb = verbs.get(step.name)
        if not policy.anyone(model, verb.needs if verb else f"step:{step.name}"):
            continue
        objects = [(n, w, f"/{m.__tablename__}/lookup", True) for n, (w, m) in verb.objects.items()] if verb else []
        inputs = objects or [(n, w, "", n not in step.optional) for n, w in step.fields.items()]
        made[step.name] = {
            "label": str(verb.label if verb else step.label), "from": [s.name for s in step.sources], "to": step.target.name,
            "danger": step.danger and not verb,
            "asks": [{"name": n, "label": str(w), "lookup": url, "required": needed} for n, w, url, needed in inputs],
        }  # fmt: skip
    return made


def move(record: Any, by: str, sent: dict[str, str]) -> str:
    """Put a card into another column: by the step that leads there, or by setting the field. Returns what was done, in words."""
    model, to = type(record), sent.get("to", "")
    if by not in dict(options(model)):
        raise Forbidden
    if not flowing(model, by):
        apply(record, {by: to, "version": sent.get("version")}, db.session)
        db.session.flush()
        return str(_("Moved to “%(place)s”.", place=dict(choices(model, by)).get(to, _("(none)"))))
    steps, name = model.__flow__.steps, sent.get("step", "")
    if to not in model.__flow__.states:
        raise Missing
    if name not in steps or steps[name].target.name != to:
        raise NotInThisState(_("No step leads to “%(state)s” from here.", state=model.__flow__.states[to].label))
    given = {k.removeprefix("in-"): v for k, v in sent.items() if k.startswith("in-")}
    if verb := VERBS.get(model, {}).get(name):
        if not verb.fits(record):
            raise NotInThisState(_("This is now “%(state)s”, so the step cannot be taken.", state=model.__flow__(record).state.label))
        verb.take(db.session, record, given)
    else:
        model.__flow__(record).take(name, **given)
    return str(_("Done: %(step)s.", step=verb.label if verb else steps[name].label))


def way_back(record: Any, by: str, was: Any) -> str:
    """What would put a moved card back: a step that leads there and that the actor may take now, ``*`` for a plain field, or nothing."""
    if not flowing(type(record), by):
        return "".join(ways(record, by))
    steps = type(record).__flow__.steps
    back = [n for n in ways(record, by) if steps[n].target.name == was]
    return min(back, key=lambda n: (steps[n].danger, len(steps[n].fields)), default="")


def moved(view: Any, record: Any, asked: Asked, was: Any) -> dict[str, Any]:
    """What the board shows after a move: the card where it still fits the question, the counts, and the way back."""
    model, by = view.model, chosen(view.model, asked)
    shape = cards_of(view, asked, by)
    fits = db.session.scalar(select(model.id).where(model.id == record.id, *asked.conditions(model))) is not None
    heads, _money = counts(model, by, asked, shape)
    return {
        "columns": columns(model, shape, lambda _n: {}), "rows": cards(view, by, shape, [record]) if fits else [],
        "heads": {str(c): {"count": h["count"], "sum": h["sum"]} for c, h in heads.items()},
        "back": way_back(record, by, was),
    }


def refused(problem: Refused) -> Refused:
    """One thing was tried: the words of its own fault say all."""
    fields = getattr(problem, "fields", {})
    return Refused(next(iter(fields.values()))) if fields else problem
