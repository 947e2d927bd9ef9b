"""Saved views: questions about one kind of record under a name, for oneself, a role, a store or everybody of the company.

A view is a question and nothing more: whoever opens it, it is asked under that person's rights.
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import String, Text, and_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.current import current, tenant_id
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.fields import key
from app.engine.record import Record
from app.engine.rules import role_names, source
from app.engine.wordlist import code_of

MINE, ROLE, STORE, EVERYBODY = "me", "role", "store", "all"
AUDIENCES = {MINE: _("Only me"), ROLE: _("A role"), STORE: _("A store"), EVERYBODY: _("Everybody")}
MOST, LONGEST = 60, 4000
GIVERS = frozenset({"admin", "head_office"})  # who edits rights also gives views to others


class SavedView(Record):
    """A question in the written form of an address, and how its list looks; ``store_id`` counts for a store's view alone."""

    __label__ = _("Saved view")
    __platform__ = True
    __audited__ = False
    __indexes__ = (("model",),)
    __unique__ = (("model", "code"),)
    model: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(60))
    audience: Mapped[str] = mapped_column(String(10), default=MINE)
    role: Mapped[str | None] = mapped_column(String(40))
    question: Mapped[str] = mapped_column(Text, default="")
    look: Mapped[str] = mapped_column(Text, default="")
    code: Mapped[str | None] = mapped_column(String(60))  # of a shared one: by which other companies know it; it never changes

    def __str__(self) -> str:
        return self.name


class FirstView(Record):
    """The view that a list opens with, for one person or for everybody of a role."""

    __platform__ = True
    __audited__ = False
    __unique__ = (("model", "user_id"), ("model", "role"))
    model: Mapped[str] = mapped_column(String(60))
    user_id: Mapped[int | None] = mapped_column()
    role: Mapped[str | None] = mapped_column(String(40))
    view_id: Mapped[int] = key("saved_view")


def may_give() -> bool:
    """Whether the actor may make views for others."""
    return bool(current().roles & GIVERS)


def seen(v: Any = SavedView) -> Any:
    """The views (or dashboards) that are there for the actor: one's own, and those for one's roles, one's store and everybody."""
    who = current()
    return and_(v.tenant_id == tenant_id(), or_(
        and_(v.audience == MINE, v.owner_id == who.actor_id), v.audience == EVERYBODY,
        and_(v.audience == ROLE, v.role.in_(sorted(who.roles))), and_(v.audience == STORE, v.store_id == who.store_id),
    ))  # fmt: skip


def views_of(session: Session, model: Any) -> tuple[list[SavedView], int | None]:
    """The actor's views of a kind of record, shared ones first, and the number of the one its list opens with. One query."""
    who, first = current(), FirstView
    mine = and_(
        first.tenant_id == SavedView.tenant_id, first.view_id == SavedView.id,
        or_(first.user_id == who.actor_id, first.role.in_(sorted(who.roles))),
    )  # fmt: skip
    asked = select(SavedView, first.view_id, first.user_id, first.role).outerjoin(first, mine)
    asked = asked.where(seen(), SavedView.model == model.__name__)
    rows = session.execute(asked.order_by(SavedView.audience == MINE, SavedView.id).limit(4 * MOST)).all()
    firsts = sorted((user is None, role or "", pk) for _view, pk, user, role in rows if pk is not None)
    return list(dict.fromkeys(row[0] for row in rows)), firsts[0][2] if firsts else None


def found(session: Session, pk: int, *, mine: bool = False) -> SavedView:
    """A view that the actor sees; with ``mine`` one that is his to change: his own, or a shared one for whoever may give views.

    Raises ``Missing`` or ``Forbidden``.
    """
    able = or_(seen(), SavedView.audience != MINE) if may_give() else seen()
    view = session.scalars(select(SavedView).where(SavedView.tenant_id == tenant_id(), SavedView.id == pk, able)).first()
    if view is None:
        raise Missing
    if mine and not changeable(view):
        raise Forbidden(_("This view belongs to others. Save a copy under a name of your own."))
    return view


def changeable(view: Any) -> bool:
    return view.owner_id == current().actor_id if view.audience == MINE else may_give()


def keep(session: Session, view: SavedView, sent: dict[str, Any]) -> SavedView:
    """Set what was sent of a view, new or kept; the caller checked the question, and commits."""
    name = str(sent.get("name", view.name or "")).strip()
    if not name or len(name) > 60 or "\x00" in name:
        raise Refused(_("Give the view a name of at most 60 characters."))
    view.name = name
    aim(view, sent)
    for word in ("question", "look"):
        if word in sent:
            setattr(view, word, short(str(sent[word])))
    if view.audience != MINE and not view.code:
        codes = select(SavedView.code).where(SavedView.tenant_id == tenant_id(), SavedView.model == view.model)
        with session.no_autoflush:
            view.code = code_of(name, set(session.scalars(codes)))
    if view.id is None:
        mine = select(SavedView.id).where(SavedView.owner_id == current().actor_id, SavedView.model == view.model)
        if len(session.scalars(mine.limit(MOST)).all()) >= MOST:
            raise Refused(_("You have %(n)s views of this list. Delete one first.", n=MOST))
        session.add(view)
    session.flush()
    return view


def aim(view: Any, sent: dict[str, Any]) -> None:
    """Set for whom a view or a dashboard is."""
    audience = str(sent.get("audience", view.audience or MINE))
    if audience not in AUDIENCES:
        raise Refused(_("Choose for whom the view is."))
    if audience != MINE and not may_give():
        raise Forbidden(_("Only whoever gives rights makes views for others. Save it for yourself."))
    view.audience = audience
    view.role = one_role(str(sent.get("role", view.role or ""))) if audience == ROLE else None
    if audience == STORE:
        view.store_id = one_store(sent.get("store", view.store_id))


def one_role(code: str) -> str:
    if code not in role_names():
        raise Refused(_("Choose a role."))
    return code


def one_store(sent: Any) -> int:
    pk = int(sent) if str(sent or "").isdecimal() and int(sent) < 2**31 else current().store_id
    if pk is None or pk not in source[0]().stores:
        raise Refused(_("Choose a store."))
    return pk


def short(text: str) -> str:
    if len(text) > LONGEST or "\x00" in text:
        raise Refused(_("This question is too long. Ask for less at once."))
    return text


def open_first(session: Session, model: Any, view: SavedView | None, role: str = "") -> None:
    """Let a list open with a view: for oneself, or for a role by whoever may give views. None ends it; the caller commits."""
    if role:
        if not may_give():
            raise Forbidden
        one_role(role)
        if view is not None and view.audience not in (EVERYBODY, ROLE):
            raise Refused(_("Make the view one for everybody, or for this role, first."))
    mine = FirstView.role == role if role else FirstView.user_id == current().actor_id
    for old in session.scalars(select(FirstView).where(FirstView.tenant_id == tenant_id(), FirstView.model == model.__name__, mine)):
        session.delete(old)
    session.flush()
    if view is not None:
        who = {"role": role} if role else {"user_id": current().actor_id}
        session.add(FirstView(model=model.__name__, view_id=view.id, **who))
        session.flush()


def drop(session: Session, view: SavedView) -> None:
    """Delete a view, and let the lists that opened with it open as they did before; the caller commits."""
    for first in session.scalars(select(FirstView).where(FirstView.view_id == view.id, FirstView.tenant_id == tenant_id())):
        session.delete(first)
    session.flush()
    session.delete(view)
    session.flush()
