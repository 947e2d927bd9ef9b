"""Dashboards: tiles side by side, for oneself, a role, a store or everybody of the company.

A tile is a question, as a saved view is: whoever looks at it, it is asked under that person's rights.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Numeric, String, Text, and_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine import values
from app.engine.current import current, tenant_id
from app.engine.dashboard_trail import state, tell
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.fields import key
from app.engine.record import Record, hold
from app.engine.views import EVERYBODY, MINE, ROLE, STORE, aim, changeable, may_give, seen, short
from app.engine.wordlist import code_of

CHART, COUNT, LIST = "chart", "count", "list"
KINDS = {CHART: _("A chart"), COUNT: _("A number"), LIST: _("A short list")}
MOST, TILES, WIDEST, NAME = 30, 24, 3, 60
NEAREST = (MINE, ROLE, STORE, EVERYBODY)  # whose dashboard opens first, where several would


class Dashboard(Record):
    """Some tiles under a name; ``store_id`` counts for a store's dashboard alone. ``first``: Statistics opens with it."""

    __label__ = _("Dashboard")
    __platform__ = True
    __audited__ = False  # :mod:`app.engine.dashboard_trail` tells of those that are for others
    __indexes__ = (("audience",),)
    __unique__ = (("code",),)
    name: Mapped[str] = mapped_column(String(NAME))
    audience: Mapped[str] = mapped_column(String(10), default=MINE)
    role: Mapped[str | None] = mapped_column(String(40))
    first: Mapped[bool] = mapped_column(default=False)
    code: Mapped[str | None] = mapped_column(String(60))  # of a shared one: by which other companies know it; it never changes

    def __str__(self) -> str:
        return self.name


class Tile(Record):
    """A chart, a number or a short list: a question in the written form of an address, and how it looks."""

    __platform__ = True
    __audited__ = False  # as its dashboard
    dashboard_id: Mapped[int] = key("dashboard")
    place: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(NAME))
    width: Mapped[int] = mapped_column(default=1)
    model: Mapped[str] = mapped_column(String(60))
    question: Mapped[str] = mapped_column(Text, default="")
    look: Mapped[str] = mapped_column(Text, default="")
    target: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))  # of a number: reached it is green, missed it is red
    less: Mapped[bool] = mapped_column(default=False)  # the target is the most that is good, not the least

    def __str__(self) -> str:
        return self.title


def dashboards_of(session: Session) -> list[Dashboard]:
    """The dashboards that the actor finds: the nearest to him first. One query."""
    rows = session.scalars(select(Dashboard).where(able()).order_by(Dashboard.id).limit(8 * MOST)).all()
    return sorted(rows, key=lambda d: (NEAREST.index(d.audience), d.id))


def for_me(board: Dashboard) -> bool:
    """Whether it is there for the actor, and not only for him to change."""
    who = current()
    return board.audience in (MINE, EVERYBODY) or (board.role in who.roles if board.audience == ROLE else board.store_id == who.store_id)


def opening(there: list[Dashboard]) -> Dashboard | None:
    """The one that Statistics opens with."""
    return next((d for d in there if d.first and for_me(d)), None)


def able() -> Any:
    """Those that are there for the actor; whoever gives views finds all that are for others."""
    all_others = and_(Dashboard.tenant_id == tenant_id(), Dashboard.audience != MINE)
    return or_(seen(Dashboard), all_others) if may_give() else seen(Dashboard)


def found(session: Session, pk: int, *, mine: bool = False) -> Dashboard:
    """A dashboard that the actor sees; with ``mine`` one that is his to change. Raises ``Missing`` or ``Forbidden``."""
    there = session.scalars(select(Dashboard).where(Dashboard.tenant_id == tenant_id(), Dashboard.id == pk, able())).first()
    return checked(there, mine=mine)


def checked(there: Dashboard | None, *, mine: bool) -> Dashboard:
    if there is None:
        raise Missing
    if mine and not changeable(there):
        raise Forbidden(_("This dashboard belongs to others. Make one of your own."))
    return there


def tiles_of(session: Session, board: Dashboard) -> list[Tile]:
    """In the order they stand. One query."""
    asked = select(Tile).where(Tile.tenant_id == tenant_id(), Tile.dashboard_id == board.id)
    return list(session.scalars(asked.order_by(Tile.place, Tile.id).limit(TILES)))


def tile_found(session: Session, pk: int, *, mine: bool = False) -> tuple[Tile, Dashboard]:
    """A tile of a dashboard that the actor sees, or may change. One query."""
    asked = select(Tile, Dashboard).join(Dashboard, Dashboard.id == Tile.dashboard_id)
    row = session.execute(asked.where(Tile.tenant_id == tenant_id(), Tile.id == pk, able())).first()
    board = checked(row[1] if row else None, mine=mine)
    return row[0], board  # type: ignore[index]


def keep(session: Session, board: Dashboard, sent: dict[str, Any]) -> Dashboard:
    """Set what was sent of a dashboard, new or kept; the caller commits."""
    before = state(session, board)
    board.name = named(sent.get("name", board.name), _("Give the dashboard a name of at most 60 characters."))
    aim(board, sent)
    if "first" in sent:
        board.first = values.flag(str(sent["first"] or "0"))
    if board.audience != MINE and not board.code:
        with session.no_autoflush:
            board.code = code_of(board.name, set(session.scalars(select(Dashboard.code).where(Dashboard.tenant_id == tenant_id()))))
    if board.id is None:
        mine = select(Dashboard.id).where(Dashboard.tenant_id == tenant_id(), Dashboard.owner_id == current().actor_id)
        if len(session.scalars(mine.limit(MOST)).all()) >= MOST:
            raise Refused(_("You have %(n)s dashboards. Delete one first.", n=MOST))
        session.add(board)
    session.flush()
    tell(session, board, before, state(session, board))
    return board


def keep_tile(session: Session, board: Dashboard, tile: Tile, sent: dict[str, Any]) -> Tile:
    """Set what was sent of a tile; a new one comes last. The caller checked the question, and commits."""
    before = state(session, tile)
    tile.title = named(sent.get("title", tile.title), _("Give the tile a title of at most 60 characters."))
    tile.kind = str(sent.get("kind", tile.kind or COUNT))
    width = str(sent.get("width", tile.width or 1))
    if tile.kind not in KINDS or width not in {str(n) for n in range(1, WIDEST + 1)}:
        raise Refused(_("A tile is a chart, a number or a short list, one to three columns wide."))
    tile.width = int(width)
    for word in ("question", "look"):
        if word in sent:
            setattr(tile, word, short(str(sent[word])))
    if "target" in sent:
        tile.target = values.read("money", sent["target"]) if str(sent["target"] or "").strip() else None
    if "less" in sent:
        tile.less = values.flag(str(sent["less"] or "0"))
    if tile.id is None:
        hold(session, board)  # two who add at once stand one after the other
        there = tiles_of(session, board)
        if len(there) >= TILES:
            raise Refused(_("A dashboard holds %(n)s tiles. Remove one first, or make another dashboard.", n=TILES))
        tile.dashboard_id, tile.place = board.id, max((t.place for t in there), default=-1) + 1
        session.add(tile)
    session.flush()
    tell(session, board, before, state(session, tile), tile.title)
    return tile


def named(sent: Any, words: Any) -> str:
    name = str(sent or "").strip()
    if not name or len(name) > NAME or "\x00" in name:
        raise Refused(words)
    return name


def move(session: Session, board: Dashboard, tile: Tile, place: int) -> None:
    """Put a tile at a place; the others close up. The caller commits."""
    hold(session, board)
    before = state(session, tile)
    there = [t for t in tiles_of(session, board) if t.id != tile.id]
    there.insert(min(max(place, 0), len(there)), tile)
    for n, one in enumerate(there):
        if one.place != n:
            one.place = n
    session.flush()
    tell(session, board, before, state(session, tile), tile.title)


def remove(session: Session, board: Dashboard, tile: Tile) -> None:
    """Take a tile from its dashboard; the caller commits."""
    tell(session, board, state(session, tile), {}, tile.title)
    session.delete(tile)
    session.flush()


def drop(session: Session, board: Dashboard) -> None:
    """Delete a dashboard with its tiles; the caller commits."""
    hold(session, board)
    there = tiles_of(session, board)
    tell(session, board, state(session, board) | {"tiles": "、".join(t.title for t in there)}, {})
    for tile in there:
        session.delete(tile)
    session.flush()
    session.delete(board)
    session.flush()
