"""Settings taken in: tried first, told word by word, then written together or not at all; and taken back as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine import wall
from app.engine.current import current, tenant_id
from app.engine.errors import Invalid, Missing, Refused
from app.engine.settings import ledger
from app.engine.settings.kinds import KINDS, renew, title
from app.engine.settings.package import stays
from app.engine.settings.reading import KINDS as ORDER
from app.engine.settings.reading import State, real, state
from app.engine.settings.tables import SettingChange
from app.engine.tailor import one_at_a_time

NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"
Slot = tuple[str, str]


class Stays(Refused):
    """What was changed since is not taken back."""

    status = 409


@dataclass(slots=True)
class Line:
    """One setting of a package beside what is here."""

    kind: str
    key: str
    title: str
    state: str
    why: str = ""
    changes: list[tuple[str, str, str]] = field(default_factory=list)  # which part, before, after


def items(content: State) -> dict[Slot, Any]:
    return {(kind, key): content[kind][key] for kind in ORDER if kind in content for key in sorted(content[kind])}


def alone(session: Any) -> Session:
    """Of two who change many settings of one company each sees what the other made."""
    made = real(session)
    wall.enter(made)
    one_at_a_time(made)
    return made


def difference(before: Any, after: Any, path: str = "") -> list[tuple[str, str, str]]:
    """The parts of a value that differ, before and after."""
    if before == after:
        return []
    if isinstance(before, dict) or isinstance(after, dict):
        old, new = (v if isinstance(v, dict) else {} for v in (before, after))
        parts = sorted({*old, *new})
        return [one for n in parts for one in difference(old.get(n), new.get(n), f"{path} › {n}" if path else n)]
    if coded(before) and coded(after):
        old, new = ({c["code"]: c for c in v or []} for v in (before, after))
        made = [one for c in dict.fromkeys([*old, *new]) for one in difference(old.get(c), new.get(c), f"{path} › {c}")]
        return made or [(path, said(list(old)), said(list(new)))]  # the order alone
    if listed(before) and listed(after):
        old, new = ({str(n): one for n, one in enumerate(v or [], 1)} for v in (before, after))
        return difference(old, new, path)
    return [(path, said(before), said(after))] if said(before) != said(after) else []


def coded(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(c, dict) and "code" in c for c in value))


def listed(value: Any) -> bool:
    """Parts in an order, such as tiles and tabs."""
    return value is None or (isinstance(value, list) and all(isinstance(one, dict) for one in value))


def said(value: Any) -> str:
    """A plain value in one line."""
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return "、".join(said(v) for v in value) if isinstance(value, list) else str(value)


def words(refused: Refused) -> str:
    return "; ".join(dict.fromkeys(map(str, refused.fields.values()))) if isinstance(refused, Invalid) else str(refused)


def put_in(session: Session, wanted: dict[Slot, Any]) -> dict[Slot, str]:
    """Write settings, each by itself, again while one makes way for another. Returns why some cannot be. The caller commits, or not."""
    left, why = dict(wanted), dict[Slot, str]()
    while left:
        before = len(left)
        for slot, value in list(left.items()):
            renew(session)
            inner = session.begin_nested()
            try:
                KINDS[slot[0]].write(session, slot[1], value)
                session.flush()
                inner.commit()
            except Refused as refused:
                inner.rollback()
                why[slot] = words(refused)
            else:
                left.pop(slot)
                why.pop(slot, None)
        if len(left) == before:
            break
    renew(session)
    return why


def plan(session: Any, content: State) -> list[Line]:
    """What a package would do: it is really tried, and all of it taken back."""
    session, wanted = alone(session), items(content)
    held = state(session, content)
    new = {slot: value for slot, value in wanted.items() if held[slot[0]].get(slot[1]) != value}
    why: dict[Slot, str] = {slot: str(words_) for slot, value in new.items() if (words_ := stays(*slot, value))}
    try:
        why |= put_in(session, {slot: value for slot, value in new.items() if slot not in why})
    finally:
        session.rollback()
        current().memo.clear()
    return [line(slot, held[slot[0]].get(slot[1]), value, why.get(slot, "")) for slot, value in wanted.items()]


def line(slot: Slot, before: Any, after: Any, why: str = "") -> Line:
    how = REFUSED if why else SAME if before == after else NEW if before is None else CHANGED
    return Line(*slot, title(*slot, after if after is not None else before), how, why, difference(before, after) if how != SAME else [])


def bring(session: Any, content: State, name: str, wanted: set[Slot] | None = None, also: Callable[[], None] = lambda: None) -> int:
    """Take in the chosen settings and commit; all of them or none. Raises ``Refused`` naming the first that cannot come in."""
    session = alone(session)
    held = state(session, content)
    new = {s: v for s, v in items(content).items() if (wanted is None or s in wanted) and held[s[0]].get(s[1]) != v}
    why = {slot: str(words_) for slot, value in new.items() if (words_ := stays(*slot, value))} or put_in(session, new)
    if why:
        slot, reason = next(iter(why.items()))
        called = title(*slot, new[slot])
        session.rollback()
        current().memo.clear()
        raise Refused(_("“%(name)s” cannot come in: %(why)s Nothing was changed.", name=called, why=reason))
    also()
    with ledger.doing(ledger.IMPORT, name):
        session.commit()
    return len(new)


def changes(session: Any, *conditions: Any, limit: int | None = None) -> list[SettingChange]:
    """Lines of the history, newest first."""
    asked = select(SettingChange).where(SettingChange.tenant_id == tenant_id(), *conditions)
    return list(session.scalars(asked.order_by(SettingChange.id.desc()).limit(limit)))


def undone(session: Any, ids: Iterable[int]) -> set[int]:
    """Those of some changes that were taken back."""
    asked = select(SettingChange.undoes).where(SettingChange.tenant_id == tenant_id(), SettingChange.undoes.in_(list(ids)))
    return {pk for pk in session.scalars(asked) if pk is not None}


def take_back(session: Any, *conditions: Any) -> tuple[int, list[str]]:
    """Make settings what they were before some changes, and commit. What was changed since stays: returns how many, and which and why.

    Raises ``Missing`` for no such change, ``Stays`` when none can be taken back.
    """
    session = alone(session)
    found = changes(session, *conditions)
    gone = undone(session, [c.id for c in found])
    found = [c for c in found if c.id not in gone]
    if not found:
        raise Missing
    held = state(session, {c.kind for c in found})
    slots = {c.id: (c.kind, c.key) for c in found}
    told, source = {c.id: (title(c.kind, c.key, c.after or c.before), c.before, c.after) for c in found}, found[0].source
    since = [pk for pk, (kind, key) in slots.items() if held[kind].get(key) != told[pk][2]]
    back = {slots[pk]: told[pk][1] for pk in slots if pk not in since}
    order = sorted(back, key=lambda slot: (ORDER.index(slot[0]), slot[1]), reverse=True)
    why = put_in(session, {slot: back[slot] for slot in order})
    stay = [f"{told[pk][0]}: {_('it was changed since')}" for pk in since]
    stay += [f"{told[pk][0]}: {why[slot]}" for pk, slot in slots.items() if slot in why and pk not in since]
    if len(stay) == len(slots):
        session.rollback()
        current().memo.clear()
        raise Stays(_("It cannot be taken back. %(why)s", why="; ".join(stay)))
    with ledger.doing(ledger.UNDO, source) as deed:
        deed.undoes = {slot: pk for pk, slot in slots.items() if pk not in since and slot not in why}
        session.commit()
    return len(slots) - len(stay), stay
