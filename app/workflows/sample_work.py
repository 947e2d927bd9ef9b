"""The sample's work orders: what became of the orders with devices, each with the device it was about."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.engine.clock import now
from app.models.order import Order
from app.models.work_order import DeviceLine, WorkOrder
from app.workflows.sample_company import WORK
from app.workflows.work_order import SAME_STATE

MODELS = ("鱼跃 7F-5", "欧姆龙 Y-511W", "飞利浦 EverFlo", None)
RESULTS = ("氧浓度 93%，已教会家属开关机和清洗", "更换滤芯，试机正常", "湿化瓶已换，流量调至 2 升/分")


def make_work(session: Session, made: list[Any]) -> None:
    """One work order for each order of a service that makes one, standing where its order stands."""
    lately = now() - timedelta(days=3)  # numbers of these days are given by the counter
    for n, order in enumerate(o for o in made if isinstance(o, Order) and o.service.code in WORK):
        state = SAME_STATE.get(order.state)
        if state is None:
            continue
        number = order.number.replace("DD", "GD", 1) if order.number and order.created_at < lately else None
        done = state.name == "done"
        work = WorkOrder(
            number=number, order=order, kind=WORK[order.service.code], state=state.name, created_at=order.created_at,
            result=RESULTS[n % len(RESULTS)] if done else None,
        )  # fmt: skip
        session.add(work)
        terms = "rent" if n % 3 else "sale"
        line = DeviceLine(order=order, work_order=work, device="oxygen", brand_model=MODELS[n % len(MODELS)], quantity=Decimal(1))
        line.terms = terms
        session.add(line)
    session.flush()
