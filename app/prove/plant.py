"""Planting: people of every role, and rows of every record type that are theirs or not, in two tenants."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import insert, select
from werkzeug.security import generate_password_hash

from app.engine.clock import now, today
from app.engine.current import acting
from app.engine.custom import Custom
from app.engine.fields import Link, Secret, fields_of
from app.engine.files import attach
from app.engine.notes import RecordNote
from app.engine.notify import Message
from app.engine.record import record_named, records
from app.engine.rules import CustomField, Grant, Level, Scope, Share
from app.engine.vault import fingerprint, normal
from app.engine.wall import leave
from app.extensions import db, storage
from app.prove.canary import Nest, fit
from app.prove.people import Actor
from app.prove.reaches import PEOPLE, give, settle
from app.prove.reference import Row
from app.web.rights import VERBS
from app.web.security import make_login

HOME, OTHER, HEAD = 2, 3, 1  # the tenants of the sample
SLOTS = {  # a row's name -> tenant, whose it is, the shop it is in, whether what may be empty is
    "mine": (HOME, "agent", 0, False), "colleague's": (HOME, "agent2", 0, False), "elsewhere's": (HOME, "stranger", 1, False),
    "empty": (HOME, "agent", 0, True), "foreign": (OTHER, "admin-b", 0, False),
}  # fmt: skip
SHOPS = {HOME: ("mine", "elsewhere's"), OTHER: ("foreign",)}
# Roles that nobody would make, and that no code has in mind: (reaches, level of all fields, verbs and files too)
ODD = {
    "prove-mine": ("own", Level.WRITE, False), "prove-rest": ("all", Level.NONE, False), "prove-mask": ("all", Level.MASKED, False),
    "prove-fill": ("all", Level.FILL, True), "prove-blind": ("all", Level.NONE, True), "prove-links": ("all", Level.NONE, False),
}  # fmt: skip
STARS = 3  # what has no room for a canary, and may not be empty
REST = ("cost", "workflow", "finance")  # what ``prove-rest`` reads of every row


@contextmanager
def program(tenant: int) -> Iterator[None]:
    """Act as a trusted program in one tenant, in a session of its own."""
    leave(db.session)
    nobody: dict[str, Any] = {"actor_id": None, "store_id": None, "roles": frozenset(), "all_tenants": False}
    with acting(tenant_id=tenant, trusted="prove", **nobody):
        yield
    leave(db.session)


class Garden:
    """What was planted: the people, the rows, and what every file and message holds."""

    def __init__(self) -> None:
        self.nest, self.password = Nest(), secrets.token_urlsafe(16)
        self.hashed = generate_password_hash(self.password, "pbkdf2:sha256:1")  # nobody guesses it: it lives as long as the proof
        self.actors: dict[str, Actor] = {}
        self.rows: dict[tuple[Any, str], Row] = {}
        self.files: dict[tuple[Any, str], tuple[int, str]] = {}
        self.notes: dict[tuple[Any, str], tuple[int, str]] = {}
        self.bells: dict[str, str] = {}

    def plant(self) -> Garden:
        models = [m for m in records() if not m.__platform__]
        for tenant in (HOME, OTHER):
            with program(tenant):
                self.lay(record_named("store"), tenant)
                self.people(tenant)
                if tenant == HOME:
                    self.roles(models)
                for model in models:
                    db.session.add(CustomField(model=model.__name__, label=f"Prove {model.__name__}", group="internal"))
                db.session.commit()
            with program(tenant):
                waiting = [m for m in models if m is not record_named("store")]
                while waiting:
                    ready = [m for m in waiting if all(t in (m, *known(self, tenant)) for t in needs(m))]
                    for model in ready:
                        self.lay(model, tenant)
                    waiting = [m for m in waiting if m not in ready]
                    if not ready:
                        raise LookupError(f"records that need one another: {waiting}")
                db.session.commit()
            with program(tenant):
                self.fill(models, tenant)
                if tenant == HOME:
                    settle(self, HOME)
                    give(self, models, HOME)
                db.session.commit()
        with program(HEAD):
            self.person("head_office", ["head_office"], HEAD, None)
            db.session.commit()
        for tenant in (HOME, OTHER, HEAD):
            with program(tenant):
                self.tell(tenant)
                if tenant == HOME:
                    self.share(models)
                db.session.commit()
        return self

    def people(self, tenant: int) -> None:
        """One actor for each role there is, two agents, one with two roles, and somebody without any."""
        stores = [self.rows[record_named("store"), slot].id for slot in SHOPS[tenant]]
        if tenant == OTHER:
            self.person("admin-b", ["admin"], tenant, stores[0])
            return
        roles = db.session.scalars(select(Grant.role).distinct().order_by(Grant.role)).all()
        for role in roles:
            if role != "head_office":
                self.person(role, [role], tenant, stores[0])
        self.person("agent2", ["agent"], tenant, stores[0])
        self.person("agent+finance", ["agent", "finance"], tenant, stores[0])
        self.person("agent+dispatcher", ["agent", "dispatcher"], tenant, stores[0])
        self.person("stranger", ["agent"], tenant, stores[1])
        self.person("nobody", [], tenant, stores[0])
        self.person("split", ["prove-mine", "prove-rest"], tenant, stores[0])
        for role in ("prove-mask", "prove-fill", "prove-blind", "prove-links"):
            self.person(role.removeprefix("prove-"), [role], tenant, stores[0])
        for name, (held, slot) in PEOPLE.items():
            self.person(name, held, tenant, self.rows[record_named("store"), slot].id)

    def person(self, name: str, roles: list[str], tenant: int, store: int | None) -> None:
        staff = record_named("staff")(name=f"Prover {name}", username=f"prove-{name}", roles=roles, store_id=store, language="en")
        db.session.add(staff)
        db.session.flush()
        login = make_login(staff, self.password)
        login.password = self.hashed
        db.session.add(login)
        self.actors[name] = Actor(name, tenant, staff.id, store, tuple(roles), staff.username, "head_office" in roles)

    def roles(self, models: list[Any]) -> None:
        for role, (reach, level, verbs) in ODD.items():
            for model in models:
                groups = sorted({f.group for f in fields_of(model).values()})
                given = {g: int(Level.READ) if role == "prove-rest" and g in REST else int(level) for g in groups}
                if role == "prove-links":  # sees that there is something, and not what it is called
                    given |= {n: int(Level.READ) for n, f in fields_of(model).items() if isinstance(f, Link)}
                if role == "prove-mask":
                    given["can:export"] = 4
                if verbs:
                    steps = model.__flow__.steps if model.__flow__ else ()
                    given |= {f"can:{v}": 4 for v in VERBS if v != "delete"} | {f"step:{s}": 4 for s in steps}
                    given["files"] = given["notes"] = 0 if role == "prove-blind" else 3
                db.session.add(Scope(role=role, model=model.__name__, reach=reach))
                db.session.add_all(Grant(role=role, model=model.__name__, target=t, level=n) for t, n in given.items())

    def lay(self, model: Any, tenant: int) -> None:
        """One row in each slot, past every hook: its first values are canaries too, for the history to hide."""
        for slot, (where, who, shop, empty) in SLOTS.items():
            if where != tenant:
                continue
            table, day = model.__table__, self.nest.row()
            stores = [self.rows[record_named("store"), s].id for s in SHOPS[tenant]] if who in self.actors else []
            owner, store = (self.actors[who].id, stores[shop]) if stores else (None, None)
            found: dict[str, Any] = {"tenant_id": tenant, "version": 1, "changed_at": now(), "owner_id": owner, "store_id": store}
            for n, (name, field) in enumerate(model.__fields__.items()):
                kind = fit(field, model, name)
                if isinstance(field, Link) and name not in ("owner", "store"):
                    found[field.via] = self.linked(model, name, field, slot)
                elif kind and not (empty and table.c[name].nullable):
                    value = self.nest.value(kind, day + n % 20)
                    found[name] = STARS if value is None and not table.c[name].nullable else value
            if model.__flow__:
                found["state"] = next(s.name for s in model.__flow__.states.values() if s.initial)
            for name in [n for n, f in model.__fields__.items() if isinstance(f, Secret) and found.get(n)]:
                value = normal(found[name])
                cut = {"hash": value, "last4": value[-4:], "first7": value[:7]}
                found |= {f"{name}_{p}": fingerprint(t, p, tenant) for p, t in cut.items() if f"{name}_{p}" in table.c}
            own = {n: f for n, f in fields_of(model).items() if isinstance(f, Custom)}
            found["extra"] = {n: f.kept(self.nest.value(fit(f, model, n), day + 19)) for n, f in own.items()} or None
            pk = db.session.connection().execute(insert(table).values(**found).returning(table.c.id)).scalar_one()
            self.rows[model, slot] = Row(model, pk, tenant, owner, store)

    def linked(self, model: Any, name: str, field: Any, slot: str) -> int | None:
        target = field.target(model, name)
        there = self.rows.get((target, slot))
        return None if target is model or there is None else there.id

    def fill(self, models: list[Any], tenant: int) -> None:
        """Give every row its owner and shop, and, where it may change at all, its lasting values: the trail keeps both."""
        stores = [self.rows[record_named("store"), slot].id for slot in SHOPS[tenant]]
        for (model, slot), row in list(self.rows.items()):
            where, owner, shop, empty = SLOTS[slot]
            if where != tenant or model not in models:
                continue
            person, store = self.actors[owner].id, stores[shop]
            if not model.__appended__:
                record, day = db.session.get(model, row.id), self.nest.row()
                record.owner_id, record.store_id = person, store
                for n, (name, field) in enumerate(fields_of(model).items()):
                    kind = fit(field, model, name)
                    nullable = model.__table__.c[name].nullable if name in model.__table__.c else True
                    if kind and kind != "flag" and name != "created_at" and not (empty and nullable):
                        value = self.nest.value(kind, day + n % 20)
                        if nullable or value is not None:
                            field.write(record, name, value)
                if empty:
                    for name, field in fields_of(model).items():
                        if name in model.__table__.c and model.__table__.c[name].nullable and fit(field, model, name):
                            field.write(record, name, None)
                db.session.flush()
            self.rows[model, slot] = Row(model, row.id, tenant, person, store)
            self.files[model, slot] = self.file(model, row)

    def file(self, model: Any, row: Row) -> tuple[int, str]:
        word = self.nest.value("text", 0)
        record = db.session.get(model, row.id)
        made = attach(db.session, storage(), record, f"{word}.txt", io.BytesIO(f"{word} {self.nest.value('text', 0)}".encode()))
        return made.id, word

    def note(self, model: Any, row: Row) -> tuple[int, str]:
        """Something to do on every row, for an agent and for an administrator elsewhere: on their home page stands what they may see."""
        word, whose = self.nest.value("text", 0), self.actors["agent" if row.tenant == HOME else "admin-b"]
        made = RecordNote(model=model.__name__, record_id=row.id, text=word, due_on=today(), for_id=whose.id, store_id=row.store)
        db.session.add(made)
        db.session.flush()
        return made.id, word

    def tell(self, tenant: int) -> None:
        """A notice for everybody, that nobody else may hear."""
        for (model, slot), row in self.rows.items():
            if row.tenant == tenant:
                self.notes[model, slot] = self.note(model, row)
        for actor in self.actors.values():
            if actor.tenant == tenant:
                word = self.nest.value("text", 0)
                self.bells[actor.name] = word
                told = {"channel": "bell", "staff_id": actor.id, "title": word, "text": word, "sent_at": now()}
                db.session.add(Message(key=f"prove:{actor.id}", event="prove", **told))

    def share(self, models: list[Any]) -> None:
        """A part of one row for two people, and one share that is over."""
        for model in models:
            group = next(iter(fields_of(model).values())).group
            secret = next((f.group for f in fields_of(model).values() if f.group not in ("basic", group)), group)
            for name, slot, target, until in (
                ("nobody", "elsewhere's", group, None), ("agent2", "mine", secret, None), ("dispatcher", "elsewhere's", secret, None),
                ("agent2", "elsewhere's", group, now()),
            ):  # fmt: skip
                row = self.rows[model, slot]
                given = {"model": model.__name__, "record_id": row.id, "target": target, "level": 2, "until": until}
                db.session.add(Share(user_id=self.actors[name].id, **given))


def needs(model: Any) -> list[Any]:
    """The record types whose rows a row of this one cannot do without."""
    links = [(n, f) for n, f in model.__fields__.items() if isinstance(f, Link) and n not in ("owner", "store")]
    return [f.target(model, n) for n, f in links]


def known(garden: Garden, tenant: int) -> list[Any]:
    return [m for (m, slot) in garden.rows if SLOTS[slot][0] == tenant]
