"""The records before and after one, in the order and under the conditions of the list it was opened from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.engine.query import COUNTED, fixed, order, plan_anew, sought

Key = tuple[Any, bool]


def neighbours(session: Session, record: Any, conditions: list[Any], by: str) -> tuple[int | None, int | None]:
    """The ids before and after a record, None at the ends or when it is not in the list. One query; two for a sought text.

    The guard narrows them to the rows that the actor sees.
    """
    model, pk = type(record), record.id
    keys = order(model, by)
    if sought(conditions):  # a text inside others: what fits is found first, and put in order afterwards
        plan_anew(session)
        ids = list(session.scalars(select(model.id).where(*conditions).limit(COUNTED + 1)))
        if pk not in ids or len(ids) > COUNTED:
            return None, None
        line = list(session.scalars(select(model.id).where(model.id.in_(ids)).order_by(*ordered(keys))))
        at = line.index(pk)
        return (line[at - 1] if at else None), (line[at + 1] if at + 1 < len(line) else None)
    value = worth(session, record, keys[0][0])

    def side(back: bool) -> Any:  # noqa: FBT001
        nearest = select(model.id).where(*conditions, further(model, keys, value, pk, back))
        return nearest.order_by(*ordered(keys, back)).limit(1 if conditions else fixed(1)).scalar_subquery()

    here = select(model.id).where(model.id == pk, *conditions).scalar_subquery()
    there, before, after = session.execute(select(here, side(back=True), side(back=False))).one()
    return (before, after) if there else (None, None)


def worth(session: Session, record: Any, expression: Any) -> Any:
    """What a record is sorted by: a column of its own, or what only the database can say."""
    if isinstance(expression, InstrumentedAttribute):
        return getattr(record, expression.key)
    return session.scalar(select(expression).where(type(record).id == record.id))


def ordered(keys: list[Key], back: bool = False) -> list[Any]:  # noqa: FBT001, FBT002
    """The order of the list; backwards what is empty comes first, since it comes last in the list."""
    made = []
    for expression, down in keys:
        one = expression.desc() if down != back else expression.asc()
        empty = getattr(expression, "nullable", True)
        made.append(one if not empty else one.nulls_first() if back else one.nulls_last())
    return made


def further(model: Any, keys: list[Key], value: Any, pk: int, back: bool) -> Any:  # noqa: FBT001
    """The rows on one side of a row whose value is known."""
    expression, down = keys[0]
    up = down == back  # whether greater values lie on this side
    if len(keys) == 1:
        return model.id > pk if up else model.id < pk
    same = model.id > pk if up else model.id < pk  # the id turns with the field
    if value is None:
        return or_(expression.is_not(None), and_(expression.is_(None), same)) if back else and_(expression.is_(None), same)
    # The first half says nothing new, but lets an index begin at the value.
    beyond = and_(expression >= value, or_(expression > value, same)) if up else and_(expression <= value, or_(expression < value, same))
    return beyond if back or not getattr(expression, "nullable", True) else or_(beyond, expression.is_(None))
