"""New records of one type by the hundreds, for the guard: judged, stamped, written and told as a flush does it with one.

What is the same for many of them is asked once. A type whose records do something of their own when they are made,
or whose fields depend on one another, takes the way of the flush: its declarations say so, see :func:`plain`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from app.engine import guard, laid, policy, shroud, values, vault, wall
from app.engine.audit import plain as told
from app.engine.clock import now
from app.engine.current import current, tenant_id
from app.engine.custom import Custom
from app.engine.errors import Forbidden, Invalid, Refused
from app.engine.fields import Secret, fields_of
from app.engine.flat import deciding, stand_in, still
from app.engine.many import Row, insert_all
from app.engine.unique import check_alone
from app.engine.wanted import needed_of, shown_of, starts


def plain(model: Any) -> bool:
    """Whether a new record of a type is no more than its columns, so that many may be written as rows."""
    depends = shown_of(model) or needed_of(model) or laid.needed(model) or model.__periods__
    return guard.plain(model) and not depends


def rows_of(model: Any, given: Iterable[dict[str, Any]]) -> list[Row]:
    """The columns of new records from values of their fields, a link as the number of its record.

    What the model itself makes of a value goes first (``@validates``): what was given beside it stands.
    """
    checked, fresh, rows = list(model.__mapper__.validators), inspect(model).class_manager.new_instance, list[Row]()
    fields = fields_of(model)
    places = {n: getattr(f, "via", n) for n, f in fields.items() if not isinstance(f, Custom)}
    for values_ in given:
        row: Row = {}
        if checked:
            record = fresh()
            for name in checked:
                if values_.get(name) is not None:
                    setattr(record, name, values_[name])
            row.update(record.__dict__)
            del row["_sa_instance_state"]
        for name, value in values_.items():
            if value is None or name in checked:
                continue
            if name in places:
                row[places[name]] = value
            else:
                row["extra"] = {**row.get("extra", {}), name: fields[name].kept(value)}  # type: ignore[attr-defined]
        rows.append(row)
    return rows


def add_rows(session: Session, model: Any, rows: list[Row]) -> list[int]:
    """Write new records as a flush would, for a fraction of its time; returns their ids. The rows are used up.

    Raises what a flush raises: it is then about some of the rows, and none is written.
    """
    wall.enter(session)
    guard.may_write()
    who, mine = current(), tenant_id()
    for row in rows:
        row["tenant_id"] = row.get("tenant_id") or mine
        row["owner_id"] = row.get("owner_id") or who.actor_id
        row["store_id"] = row.get("store_id") or who.store_id
    changes = list(differences(model, rows))
    judge(model, rows, changes)
    begin(model, rows, changes)
    check_cards(model, rows)
    keep_hashes(session, model, rows)
    at, stores = now(), [row["store_id"] for row in rows]
    same = {"version": 1, "created_at": at, "changed_at": at, "created_by": who.actor_id}
    ids = insert_all(session.connection(), model.__table__, rows, same)
    if model.__audited__ and who.trusted != "sample":
        entries = [{"record_id": pk, "store_id": store, "changes": one} for pk, store, one in zip(ids, stores, changes, strict=True)]
        shroud.close_new(session, model, entries)
        about = {"tenant_id": mine, "model": model.__name__, "made": 1, "action": "create"}
        guard.tell(session, entries, guard.stamps() | about)
    if model.__ruling__:
        guard.ruled(session)
    return ids


def differences(model: Any, rows: list[Row]) -> Iterable[dict[str, list[Any]]]:
    """What the trail says of each new record: all that it holds is new, and a secret never in clear."""
    used: set[str] = set().union(*rows)
    spots = [
        (name, place, custom, isinstance(field, Secret))
        for name, field in fields_of(model).items()
        if (place := "extra" if (custom := isinstance(field, Custom)) else getattr(field, "via", name)) in used
    ]
    for row in rows:
        found: dict[str, list[Any]] = {}
        for name, place, custom, secret in spots:
            if (value := row.get(place)) is not None and (not custom or (value := value.get(name)) is not None):
                found[name] = [None, shroud.GONE if secret and value else value if value.__class__ is str else told(value)]
        yield found


def judge(model: Any, rows: list[Row], changes: list[dict[str, list[Any]]]) -> None:
    """The guard's judgement of each row; of those that the policy cannot tell apart, of one."""
    seen, names = set(), ["tenant_id", *deciding(model)]
    for row, found in zip(rows, changes, strict=True):
        alike = (tuple(found), *[still(row.get(n)) for n in names])
        if alike not in seen:
            record = stand_in(model, row)
            if not policy.may(model, "can:add", record):
                raise Forbidden
            guard.check(record, found)
            seen.add(alike)


def begin(model: Any, rows: list[Row], changes: list[dict[str, list[Any]]]) -> None:
    """What the company's own fields begin with, where a row says nothing of them."""
    for name, value in starts(model).items():
        for row, found in zip(rows, changes, strict=True):
            if name not in (row.get("extra") or {}):
                row["extra"] = {**(row.get("extra") or {}), name: value}
                found[name] = [None, told(value)]


def check_cards(model: Any, rows: list[Row]) -> None:
    """No text holds the number of a bank card, whoever wrote it."""
    for name, field in fields_of(model).items():
        kind = field.kind(model, name)
        if kind == "note" or (kind == "text" and not field.readonly):
            custom = isinstance(field, Custom)
            texts = {(row.get("extra") or {}).get(name) if custom else row.get(name) for row in rows}
            for text in texts:
                try:
                    values.no_card(text or "")
                except Refused as refused:
                    raise Invalid({name: refused.args[0]}) from None


def keep_hashes(session: Session, model: Any, rows: list[Row]) -> None:
    """The hashes that sealed values are found by; one of its own must be nobody else's."""
    columns = model.__table__.columns
    for name, field in fields_of(model).items():
        if not isinstance(field, Secret):
            continue
        mine = [row for row in rows if row.get(name)]
        for row in mine:
            for part, text in vault.cuts(row[name]).items():
                if f"{name}_{part}" in columns:
                    row[f"{name}_{part}"] = vault.fingerprint(text, part, row["tenant_id"]) if text else None
        if field.unique:
            check_alone(session, model, name, {row[name]: None for row in mine})
