"""Sharing as people meet it: the tab of a record, and the pages of what was shared with me and by me."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import load_only

from app.engine import policy
from app.engine.clock import bounds, now
from app.engine.current import current, tenant_id
from app.engine.errors import Refused
from app.engine.fields import fields_of
from app.engine.parts import PARTS
from app.engine.present import label
from app.engine.query import known_by
from app.engine.record import record_named, records
from app.engine.rules import Level, Share, role_names
from app.engine.sharing import by_me, parts, share, shares_of, with_me, word
from app.engine.values import day
from app.extensions import db
from app.web.cells import moment
from app.web.enter import page
from app.web.rights import GROUPS
from app.web.screen import Screen, allowed

WORDS = {"read": _("Read"), "fill": _("Fill"), "write": _("Write")}
HOURS = (2, 8, 24)


class SharesScreen(Screen):
    """``/shared/``: what others share with me, and what I share."""

    doors = ((80, _("Sharing"), "ti-share", "/shared/", lambda: policy.shares() != {} or able()),)

    @expose("/shared/")
    @allowed()
    def index(self) -> Any:
        return page("shared.html", page_title=_("Sharing"), mine=listed(with_me(db.session)), given=listed(by_me(db.session)))


def able() -> bool:
    """Whether the actor may share anything at all."""
    return any(policy.may(m, "can:share") for m in records() if not m.__platform__)


def shared(record: Any, sent: dict[str, str], targets: list[str]) -> list[Share]:
    """Share what a form or JSON asks for; the caller commits. ``to`` is a person's id, or ``role:<code>``."""
    to = str(sent.get("to", ""))
    role = to.removeprefix("role:") if to.startswith("role:") else None
    staff_id = int(to) if to.isdecimal() and int(to) < 2**31 else None
    return share(db.session, record, targets, str(sent.get("level", "read")), staff_id=staff_id, role=role, until=until(sent))


def until(sent: dict[str, str]) -> datetime | None:
    """The end of a share: so many hours from now, or the end of a day; None is for good."""
    if hours := str(sent.get("hours", "")).strip():
        if not hours.isdecimal() or not 0 < int(hours) <= 24 * 366:
            raise Refused(_("The end must lie ahead."))
        return now() + timedelta(hours=int(hours))
    return bounds(day(str(sent["until"])))[1] if sent.get("until") else None


def shares_context(record: Any) -> dict[str, Any]:
    """What ``parts/shares.html`` shows: every share of the record, to whoever may share or owns it; else his own."""
    model, may = type(record), policy.may(type(record), "can:share", record)
    rows = list(db.session.scalars(shares_of(record)))
    if not may and record.owner_id != current().actor_id:
        rows = [s for s in rows if s.user_id == current().actor_id or s.role in current().roles]
    return {
        "rows": [described_share(model, s) for s in rows], "may_share": may, "shares_url": f"/{model.__tablename__}/shares/{record.id}",
        "withdraw_url": f"/{model.__tablename__}/share/{record.id}", "levels": [(c, str(w)) for c, w in WORDS.items()],
        "targets": [(t, called(model, t)) for t in parts(model) if holds(record, t)] if may else [],
        "people": people() if may else [], "roles": list(role_names().items()) if may else [],
        "can_end": may or record.owner_id == current().actor_id,
    }  # fmt: skip


def holds(record: Any, target: str) -> bool:
    if target in (f.group for f in fields_of(type(record)).values()):
        return any(policy.level(record, n) >= Level.READ for n, f in fields_of(type(record)).items() if f.group == target)
    return policy.part(record, target) >= Level.READ


def called(model: Any, target: str) -> str:
    """A group, a field or a part in the reader's words."""
    fields = fields_of(model)
    return str(fields[target].label) if target in fields else str(GROUPS.get(target, PARTS.get(target, target)))


def people() -> list[tuple[int, str]]:
    """The colleagues one may share with: those who work here, as far as one may know of them."""
    return [(pk, label(person)) for pk, person in colleagues().items() if person.active and pk != current().actor_id]


def described_share(model: Any, one: Share) -> dict[str, Any]:
    return {
        "id": one.id, "to": named(one), "target": one.target, "part": called(model, one.target), "level": word(one.level),
        "level_word": str(WORDS[word(one.level)]), "until": moment(one.until) if one.until else "",
        "over": bool(one.until and one.until <= now()), "by": name_of(one.created_by),
    }  # fmt: skip


def named(one: Share) -> str:
    return role_names(archived=True).get(one.role, one.role) if one.role else name_of(one.user_id)


def name_of(pk: int | None) -> str:
    """A colleague's name, or their number alone for whoever may not know them."""
    if pk is None:
        return ""
    return label(colleagues()[pk]) if pk in colleagues() else f"{record_named('staff').__label__} {pk}"


def colleagues() -> dict[int, Any]:
    """The staff that the actor sees, by name; read once a request for all."""
    memo, staff = current().memo, record_named("staff")
    if "colleagues" not in memo:
        found = select(staff).where(staff.tenant_id == tenant_id()).order_by(staff.name)
        memo["colleagues"] = {p.id: p for p in db.session.scalars(found.options(load_only(*known_by(staff), staff.active)))}
    known: dict[int, Any] = memo["colleagues"]
    return known


def listed(rows: list[Share]) -> list[dict[str, Any]]:
    """Shares gathered by record, each record once; one query for each type of record."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for model in records():
        ids = {s.record_id for s in rows if s.model == model.__name__}
        for record in db.session.scalars(select(model).where(model.id.in_(ids))) if ids else ():
            found[model.__name__, record.id] = {
                "kind": str(model.__label__), "icon": model.__icon__, "label": label(record), "shares": [],
                "url": f"/{model.__tablename__}/show/{record.id}#shares",
            }  # fmt: skip
    models = {m.__name__: m for m in records()}
    for one in rows:
        if (one.model, one.record_id) in found:
            found[one.model, one.record_id]["shares"].append(described_share(models[one.model], one))
    return list(found.values())


