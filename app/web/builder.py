"""The question above a list: what may be asked about, the chips in words, and what the builder on the page begins with."""

from __future__ import annotations

import json
from typing import Any

from flask import jsonify, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import policy, query
from app.engine.conditions import EVERYTHING, NONE, Group, Node, write
from app.engine.errors import Forbidden, Missing
from app.engine.fields import Link, fields_of
from app.engine.record import record_named
from app.engine.rules import Level
from app.web.asked import Asked
from app.web.cells import choices, described
from app.web.said import JOINTS, PERIODS, as_json, operator_word, parts, said
from app.web.screen import Screen, allowed

HOPS = 2  # links that a path may lead over


class BuilderScreen(Screen):
    """``/fields/<table>``: what the builder may offer, fetched when it is opened."""

    @expose("/fields/<table>")
    @allowed()
    def fields(self, table: str) -> Any:
        """The fields of a record, or with ``?of=customer.owner`` those of the record behind links."""
        model, path = record_named(table), [p for p in request.args.get("of", "").split(".") if p]
        if model is None or model.__platform__:
            raise Missing
        if not policy.opens(model):
            raise Forbidden
        for name in path[: HOPS + 1]:
            model = behind(model, name)
        if question := request.args.get("question"):
            asked = Asked.of(question)
            asked.conditions(model)  # refuses what the actor may not ask
            return jsonify(tree=as_json(model, asked.tree))
        if "question" in request.args:
            return jsonify(tree=as_json(model, EVERYTHING))
        periods = [(code, str(word)) for code, word in PERIODS.items()]
        return jsonify(fields=filter_fields(model, deeper=len(path) < HOPS), periods=periods)


def behind(model: Any, name: str) -> Any:
    """The record type behind a link that the actor may ask about. Raises ``Forbidden``."""
    field = fields_of(model).get(name)
    if not isinstance(field, Link) or not policy.comparable(model, [name]) or not policy.opens(field.target(model, name)):
        raise Forbidden
    return field.target(model, name)


def filter_fields(model: Any, *, deeper: bool = True) -> list[dict[str, Any]]:
    """The fields that may be asked about, with the operators that fit."""
    found = []
    for name in askable(model):
        kind, field = kind_of(model, name), fields_of(model)[name]
        target = field.target(model, name) if isinstance(field, Link) else None
        me = ["me"] if target is not None and target.__tablename__ == "staff" else []
        found.append(described(model, name) | {
            "choices": choices(model, name),
            "operators": [(o, operator_word(kind, o)) for o in [*me, *query.operators(kind)]],
            "deeper": deeper and target is not None and policy.opens(target),
        })  # fmt: skip
    return found


def askable(model: Any) -> list[str]:
    """The fields the actor may put a condition on."""
    return [n for n, has in policy.ceilings(model).items() if has >= Level.READ or (has == Level.MASKED and policy.findable(model, n))]


def kind_of(model: Any, name: str) -> str:
    kind = str(described(model, name)["kind"])
    return "choice" if kind == "state" else kind


def context(view: Any, asked: Asked, base: str, *, own: bool) -> dict[str, Any]:
    """What the tools above a list show. ``own``: the bare address opens a saved view, so that another one must show everything."""
    model = view.model
    bare = f"{base}?view=0" if own else base
    return {
        "active_filters": chips(model, asked, base), "clear_url": bare,
        "builder": {
            "asks": bool(askable(model)), "fields": f"/fields/{model.__tablename__}",
            "tree": json.dumps(as_json(model, asked.tree), ensure_ascii=False),
            "kept": kept(asked), "written": write(asked.tree), "count": len(asked.filters) + len(asked.where.terms),
        },
    }  # fmt: skip


def kept(asked: Asked) -> list[tuple[str, str]]:
    """What an address keeps when its conditions change: search, order, view and look."""
    pairs = [("q", asked.q), ("sort", asked.by), ("view", asked.view), *asked.look]
    return [(n, v) for n, v in pairs if v]


def chips(model: Any, asked: Asked, base: str) -> list[dict[str, Any]]:
    """The conditions in force, in words, each with the address without it."""
    made, tree, flat = [], asked.tree, len(asked.filters)
    for n, term in enumerate(tree.terms):
        if n < flat:
            without = asked.url(base, filters=asked.filters[:n] + asked.filters[n + 1 :], after=None)
        else:
            at = n - flat if asked.where.mode == tree.mode else None  # beside plain conditions a group that is no "all" is one of them
            terms = () if at is None else asked.where.terms[:at] + asked.where.terms[at + 1 :]
            without = asked.url(base, where=Group(asked.where.mode, terms), after=None)
        joint = str(JOINTS[tree.mode]) if n else str(_("not")) if tree.mode == NONE else ""
        made.append(chip(model, term, without) | {"joint": joint})
    return made


def chip(model: Any, node: Node, without: str) -> dict[str, Any]:
    if isinstance(node, Group):
        return {"label": "", "text": said(model, node, inner=True), "remove_url": without}
    name, how, text = parts(model, node)
    return {"label": name, "text": f"{how} {text}".strip(), "remove_url": without}
