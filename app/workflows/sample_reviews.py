"""The sample's reviews: what clients said of visits of the last months, and a few spot checks. None low enough to be looked into."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from app.engine.clock import local, now
from app.models.dispatch import Visit
from app.models.evaluation import Review, ReviewDimension, ReviewScore, ServiceAudit, dimensions_of
from app.models.service_kind import kind_of
from app.workflows.sample_company import Company

LATELY, MOST = timedelta(days=180), 40  # of every fourth visit of these days, at most so many
FINE = ("准时，干净，没有意见", "做事细心，老人很喜欢", "讲得清楚，也教得会", None, "饭菜合口味，谢谢", None)
SO_SO = ("晚到十分钟，其他都好", "厨房角落没擦到，当场补做了", "话不多，活干得还可以")
CHECKS = ("passed", "drawn", "returned")
NOTE = "签到照片看不清门牌，请补一张"


def make_reviews(session: Session, made: list[Any], company: Company) -> None:
    rng = Random(company.city.tenant * 41)  # noqa: S311
    care = kind_of(session, "care")
    session.add(ReviewDimension(kind=care, name="做饭", name_en="Cooking", position=Decimal(5)))
    session.flush()
    done = [v for v in made if isinstance(v, Visit) and v.state == "finished" and v.finished_at and v.finished_at > now() - LATELY]
    done.sort(key=lambda v: v.starts_at)
    for n, visit in enumerate(done[2::4][-MOST:]):
        score = rng.choice((5, 5, 5, 4, 4, 3))
        at = min((visit.finished_at or now()) + timedelta(hours=rng.randint(1, 40)), now())
        said = FINE[n % len(FINE)] if score > 3 else SO_SO[n % len(SO_SO)]
        review = Review(visit=visit, score=score, message=said, source="phone" if n % 5 == 0 else "client", created_at=at)
        session.add(review)
        visit.order.rating = score
        session.flush()
        for one in dimensions_of(session, visit.order):
            session.add(ReviewScore(review=review, dimension=one, score=min(5, max(3, score + rng.choice((-1, 0, 0, 1))))))
    until = local(now()).date()
    for visit, state in zip(done[1::9], CHECKS, strict=False):
        check = ServiceAudit(visit=visit, from_on=until - LATELY, until_on=until, percent=Decimal(10), state=state)
        if state != "drawn":
            check.checked_at, check.note = now() - timedelta(days=2), NOTE if state == "returned" else None
        session.add(check)
    session.flush()
