"""What the managers of one company look at every week: a dashboard of questions, written as the page keeps them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.engine.dashboards import CHART, COUNT, LIST, Dashboard, Tile
from app.engine.views import ROLE

TILES: tuple[dict[str, Any], ...] = (
    {"kind": COUNT, "title": "等派单的订单", "question": "where=(state.eq.placed)", "target": Decimal(20), "less": True},
    {"kind": COUNT, "title": "本月订单金额", "question": "where=(starts_at.when.this_month)", "look": "measure=amount"},
    {"kind": COUNT, "title": "本月已完成", "question": "where=(starts_at.when.this_month,state.eq.done)", "target": Decimal(30)},
    {"kind": CHART, "title": "每月订单，同去年比", "look": "as=chart&by=starts_at%3Amonth&draw=line&than=year", "width": 2},
    {"kind": LIST, "title": "最早要派的单", "question": "where=(state.eq.placed)&sort=starts_at"},
    {"kind": CHART, "title": "订单从哪里来", "look": "as=chart&by=source&draw=pie"},
    {"kind": CHART, "title": "各项目的订单", "look": "as=chart&by=service&draw=bar", "width": 2},
)


def make_boards(session: Session) -> None:
    board = Dashboard(name="经营周看", code="weekly", audience=ROLE, role="manager", first=True)
    session.add(board)
    session.flush()
    session.add_all(Tile(dashboard_id=board.id, model="Order", place=n, **told) for n, told in enumerate(TILES))
    session.flush()
