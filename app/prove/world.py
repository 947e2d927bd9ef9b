"""The world of one proof: rows, what each holds, who looks, and the judge who reads every answer."""

from __future__ import annotations

import re
from collections import defaultdict
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_plus, urlencode

from flask import Flask
from sqlalchemy import null, select

from app.engine.fields import Link, Secret, fields_of
from app.engine.record import records
from app.extensions import db
from app.prove.canary import Nest, signs, tokens
from app.prove.channels import plain
from app.prove.people import Actor, Client
from app.prove.plant import program
from app.prove.reference import FILES, MASKED, NOTES, READ, Row
from app.prove.report import Report
from app.prove.truth import told
from app.prove.word import Word
from app.web.frame import record_views

DOOR = re.compile(r"/(\w+)/show/(\d+)")
ASKED = re.compile(r"/(\w+)(?:/[a-z_]+)?/(\d+)")  # a row that a question names by itself: its answer may lead there
Cell = tuple[Row, str]


class World(Word):
    """What the probes work with. ``rows`` are the planted ones, ``everything`` all there are."""

    def __init__(self, app: Flask, actors: dict[str, Actor], report: Report) -> None:
        super().__init__()
        self.app, self.actors, self.report = app, actors, report
        self.models = [m for m in records() if not m.__platform__]
        self.rows: dict[tuple[Any, str], Row] = {}
        self.files: dict[tuple[Any, str], tuple[int, str]] = {}
        self.notes: dict[tuple[Any, str], tuple[int, str]] = {}
        self.bells: dict[str, str] = {}
        self.cells: dict[str, set[Cell]] = defaultdict(set)
        self.clients: dict[str, Client] = {}
        self.nest = Nest()
        self.visited: set[str] = set()
        self.channel, self.sampled = "", 0
        self.offers: dict[str, dict[str, list[Any]]] = {}  # what might be tried, of each kind by each person
        self.chosen: dict[tuple[str, str], dict[str, list[Any]]] = {}  # what ``sample`` chose, for each channel
        self.views = {v.model: v for v in record_views()}

    def survey(self, tenants: tuple[int, ...]) -> None:
        """Read what is really there, as a program, and by which signs each cell would be known."""
        mine = {(r.model, r.id): r for r in self.rows.values()}
        self.everything = {m: {} for m in self.models}
        for tenant in tenants:
            with program(tenant):
                self.reference.learn(db.session, tenant)
                for model in self.models:
                    self.reference.fields[tenant, model] = dict(fields_of(model))
                    t = model.__table__.c
                    there = select(t.id, t.owner_id, t.store_id, t.get("given_id", null())).where(t.tenant_id == tenant)
                    for pk, owner, store, given in db.session.connection().execute(there):
                        self.reference.given[model, pk] = given
                        self.everything[model][pk] = mine.get((model, pk)) or Row(model, pk, tenant, owner, store)
                    for row in sorted(self.everything[model].values(), key=lambda r: -r.id)[: self.sampled]:
                        self.rows[model, f"{row.id}"] = mine[model, row.id] = row
                for row in [r for r in mine.values() if r.tenant == tenant]:
                    self.values[row] = self.read(row)
        for row, values in self.values.items():
            for name, value in values.items():
                for sign in signs(value):
                    self.cells[sign].add((row, name))
        for (model, slot), (_pk, word) in self.files.items():
            self.cells[word].add((self.rows[model, slot], FILES))
        for (model, slot), (_pk, word) in self.notes.items():
            self.cells[word].add((self.rows[model, slot], NOTES))

    def read(self, row: Row) -> dict[str, Any]:
        """Every field of a planted row as it is kept. Links are kept as rows."""
        record = db.session.get(row.model, row.id, populate_existing=True)
        found: dict[str, Any] = {}
        for name, field in fields_of(row.model).items():
            if isinstance(field, Link):
                pk = getattr(record, field.via)
                self.links[row, name] = self.everything[field.target(row.model, name)].get(pk) if pk else None
            else:
                found[name] = field.read(record, name)
        return found

    def now(self, row: Row, name: str) -> Any:
        """What a cell holds at this moment; of a link, the key."""
        field, columns = self.reference.fields[row.tenant, row.model][name], row.model.__table__.c
        column = columns.get(field.via if isinstance(field, Link) else name)
        if column is not None:
            return next((value for (value,) in told(row.tenant, select(column).where(columns.id == row.id))), None)
        with program(row.tenant):  # a sum, or a field added as data
            record = db.session.get(row.model, row.id)
            return None if record is None else field.read(record, name)

    def whole(self, actor: Actor) -> bool:
        """Whether every row that the actor may see is known here: in place, not those of head office's franchises."""
        return not (self.sampled and actor.everywhere)

    def owned_anew(self, row: Row) -> None:
        """Take note of whose a row is, after a link was written that decides it."""
        t = row.model.__table__.c
        owner = next((value for (value,) in told(row.tenant, select(t.owner_id).where(t.id == row.id))), row.owner)
        self.reference.owned[row.model, row.id] = owner
        self.forget()

    def gone(self, row: Row) -> bool:
        t = row.model.__table__.c
        return not told(row.tenant, select(t.id).where(t.id == row.id))

    def count(self, model: Any, tenant: int) -> int:
        t = model.__table__.c
        return len(told(tenant, select(t.id).where(t.tenant_id == tenant)))

    def planted(self, model: Any) -> list[Row]:
        return [r for (m, _slot), r in self.rows.items() if m is model]

    def slot(self, row: Row) -> str:
        return next((f"{m.__name__} “{s}”" for (m, s), r in self.rows.items() if r is row), f"{row.model.__name__} {row.id}")

    # asking and judging

    def ask(self, actor: Actor, url: str, method: str = "GET", *, allow: Any = (), trial: Any = False, **more: Any) -> Any:
        """Send a request and judge its answer: no canary in it that is not the actor's to read. A trial changes nothing."""
        if query := more.pop("ask", None):
            url = f"{url}?{urlencode(query)}"
        answer = self.clients[actor.name].send(method, url, **more)
        if method != "GET" and not trial and answer.status_code < HTTPStatus.BAD_REQUEST and not denied(answer):
            self.forget()  # rows may be within another reach now
        self.report.requests += 1
        self.visited.add(self.rule(url, method))
        text = answer.headers.get("Content-Disposition", "") + answer.headers.get("Location", "") + answer.headers.get("ETag", "")
        if not answer.mimetype.startswith(("application/vnd", "application/pdf", "text/event-stream", "image/")):
            text += answer.get_data(as_text=True)
        sent = unquote_plus(url) + str({k: v for k, v in more.items() if k != "headers"})
        self.judge(actor, text, f"{method} {unquote_plus(url)} {answer.status_code}", set(allow) | tokens(sent), sent)
        if answer.status_code >= 500:
            self.red(actor, f"answers {answer.status_code}", f"{method} {url}")
        return answer

    def rule(self, url: str, method: str) -> str:
        try:
            found, _values = self.app.url_map.bind("localhost").match(url.partition("?")[0], method, return_rule=True)
        except Exception:  # noqa: BLE001
            return ""
        return f"{method} {plain(found.rule)}"

    def judge(self, actor: Actor, text: str, where: str, allowed: set[str], sent: str = "") -> None:
        """Red for each canary in a text that the actor may not read, and for each door to a row that is not there for him."""
        for sign in tokens(text) - allowed:
            cells = self.cells.get(sign, set())
            if cells and not any(self.level(actor, r, n) >= READ or self.bar(actor, r, n) for r, n in cells):
                row, name = next(iter(cells))
                self.red(actor, f"{self.slot(row)} {name} seen ({('none', 'masked')[self.level(actor, row, name)]})", where)
            for other, word in self.bells.items():
                if sign == word and other != actor.name:
                    self.red(actor, f"hears the notice of {other}", where)
        doors = {(t, int(pk)) for t, pk in DOOR.findall(text)} - {(t, int(pk)) for t, pk in ASKED.findall(sent)}
        for model, rows in self.everything.items():
            for table, pk in doors:
                there = rows.get(pk) if table == model.__tablename__ else None
                if there and not self.visible(actor, there):
                    self.red(actor, f"{self.slot(there)} is named, and is not there for this person", where)

    def bar(self, actor: Actor, row: Row, name: str) -> bool:
        """Everybody is told, in the bar of each page, where they work."""
        return row.model.__name__ == "Store" and row.id == actor.store and name == "name"

    def red(self, actor: Actor, what: str, where: str = "") -> None:
        self.report.red(self.channel, actor.name, what, where)

    def check(self, actor: Actor, holds: bool, what: str, where: str = "") -> bool:  # noqa: FBT001
        """Count one cell, and say what is wrong with it."""
        self.report.count(self.channel, actor.name)
        if not holds:
            self.red(actor, what, where)
        return holds

    def signs(self, row: Row, name: str) -> set[str]:
        """The signs of one cell that no other cell shares. In place, where no canary is, those of sealed numbers."""
        if self.sampled:
            value, others = self.values[row].get(name), [v.get(name) for v in self.values.values()]
            sealed = isinstance(self.reference.fields[row.tenant, row.model].get(name), Secret)
            return {value} if sealed and value and others.count(value) == 1 else set()
        return {s for s in signs(self.values[row].get(name)) if self.cells[s] == {(row, name)}}

    def seen(self, actor: Actor, row: Row, names: Any, text: str, where: str) -> None:
        """Each cell of a row that the reference shows must be in a text, each other one must not."""
        there = text if self.sampled else tokens(text)
        for name in names:
            if not (signs_ := self.signs(row, name)) or self.bar(actor, row, name):
                continue
            level = self.expected(actor, row, name)
            if level >= READ:
                self.check(actor, any(s in there for s in signs_), f"{self.slot(row)} {name} not seen, though it may be read", where)
            else:
                word = "masked" if level == MASKED else "none"
                self.check(actor, not any(s in there for s in signs_), f"{self.slot(row)} {name} seen ({word})", where)


def denied(answer: Any) -> bool:
    """A refusal, or the way to the login page."""
    return answer.status_code in (401, 403) or (answer.status_code == 302 and "/login/" in answer.headers.get("Location", ""))
