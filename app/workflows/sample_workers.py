"""The sample's carers as people: papers, the check of the name, dialects, family, school, earlier work, and time off."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from sqlalchemy.orm import Session

from app.engine.clock import now, today
from app.models.worker_leave import WorkerLeave
from app.models.worker_life import WorkerFamily, WorkerJob, WorkerSchool
from app.models.worker_paper import RealNameCheck, WorkerPaper
from app.workflows.sample_company import Company

PLACES = ("安徽阜阳", "河南周口", "四川南充", "河北保定", "甘肃定西", "山东菏泽", "湖南岳阳", "黑龙江绥化")
SPEECH = {"四川": "sichuanese", "河南": "henan", "湖南": "hunan", "黑龙江": "northeastern"}
SCHOOLS = ("县第二中学", "县职业高中", "卫生学校", "农业中学")
BEFORE = (("康宁养老院", "护理员"), ("市第三医院", "陪护"), ("便民家政服务部", "家政员"), ("幼儿园", "保育员"))
WHY = ("合同到期", "搬家", "照顾家里老人")
SOON, CARERS, TOLD = 5, 26, 10  # whose training paper ends in a week; our own carers; how many tell of school and family


def make_workers_whole(session: Session, company: Company) -> None:
    rng = Random(company.city.tenant * 29)  # noqa: S311
    for n, worker in enumerate(company.workers):
        mine = {"worker": worker}
        last = company.health[n]
        health = {"kind": "health", "until": last, "issued_on": last - timedelta(days=365), "number": f"JK{rng.randrange(10**7):07d}"}
        session.add(WorkerPaper(**mine, **health))
        if n < CARERS:
            until = today() + timedelta(days=7 if n == SOON else rng.randint(90, 900))
            session.add(WorkerPaper(**mine, kind="training", until=until, issued_on=until - timedelta(days=1095)))
            session.add(WorkerPaper(**mine, kind="background", issued_on=worker.joined_on))
        check = {"name": worker.name, "id_number": worker.id_number, "state": "approved", "way": "hand" if n % 3 else "before"}
        session.add(RealNameCheck(**mine, **check, decided_at=now() - timedelta(days=300)))
        worker.native_place = rng.choice(PLACES)
        worker.dialects = ["mandarin", *(d for place, d in SPEECH.items() if worker.native_place.startswith(place))]
        worker.height = Decimal(rng.randint(152, 178))
        if n < TOLD:
            tell(session, company, n, rng)
        if worker.active == "leave":
            start = now().replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
            session.add(WorkerLeave(**mine, kind="home", starts_at=start, ends_at=start + timedelta(days=9), remark="回老家"))
    session.flush()


def tell(session: Session, company: Company, n: int, rng: Random) -> None:
    """Family, school and earlier work of one carer."""
    worker, people = company.workers[n], company.people
    spouse = people.name("male" if worker.gender == "female" else "female", old=False)
    worker.marital, worker.emergency, worker.emergency_phone = "married", spouse, people.phone()
    session.add(WorkerFamily(worker=worker, name=spouse, relation="spouse", phone=worker.emergency_phone, job="务工"))
    session.add(WorkerSchool(worker=worker, school=rng.choice(SCHOOLS), degree=rng.choice(("middle", "high", "vocational"))))
    began = today() - timedelta(days=3600 + rng.randint(0, 900))
    where, job = rng.choice(BEFORE)
    session.add(
        WorkerJob(worker=worker, employer=where, job=job, starts_on=began, ends_on=began + timedelta(days=900), remark=rng.choice(WHY))
    )
