"""The carers, matrons, cleaners and fitters we send."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import Boolean, CheckConstraint, Date, String, case, column, func, or_, select, table, type_coerce
from sqlalchemy.orm import Mapped, validates

from app.engine.fields import (
    Code,
    Day,
    Flag,
    IdNumber,
    Money,
    Name,
    Number,
    Phone,
    Place,
    Tags,
    choice,
    computed,
    field,
    secret,
)
from app.engine.record import Record
from app.models.catalog import SKILLS
from app.models.pinyin import initials_of, pinyin_of

GRADES = {"star": _("Star"), "gold": _("Gold"), "silver": _("Silver"), "new": _("Newcomer")}
WORK = {"working": _("At work"), "leave": _("On leave"), "left": _("Left")}
RARE = _("Made from the name. Correct it where a name is read in a rare way.")
WORK_TINTS = {"working": "run", "leave": "pause", "left": "off"}
GENDERS = {"female": _("Female"), "male": _("Male")}
MARITAL = {"single": _("Single"), "married": _("Married"), "divorced": _("Divorced"), "widowed": _("Widowed")}
DIALECTS = {
    "mandarin": _("Mandarin"), "cantonese": _("Cantonese"), "shanghainese": _("Shanghainese"), "sichuanese": _("Sichuanese"),
    "hokkien": _("Hokkien"), "hakka": _("Hakka"), "northeastern": _("Northeastern"), "henan": _("Henan dialect"),
    "hunan": _("Hunan dialect"), "english": _("English"),
}  # fmt: skip
DAYS = {
    "1": _("Monday"), "2": _("Tuesday"), "3": _("Wednesday"), "4": _("Thursday"), "5": _("Friday"), "6": _("Saturday"), "7": _("Sunday"),
}  # fmt: skip
MODES = {"employee": _("Employee"), "agency": _("Agency"), "marketplace": _("Marketplace")}
NOW = {"free": _("Free"), "on_job": _("On a job"), "leave": _("On leave"), "left": _("Left")}
NOW_TINTS = {"free": "done", "on_job": "run", "leave": "pause", "left": "off"}
PART = _("What the company keeps of an order, in per cent. An employee is paid by the hour instead.")


def beside(name: str, *columns: Any) -> Any:
    """The rows of another table that are a carer's; asked for by name, since that record is declared later."""
    there = table(name, column("tenant_id"), column("worker_id"), *columns)
    return there, (there.c.tenant_id == Worker.__table__.c.tenant_id) & (there.c.worker_id == Worker.__table__.c.id)


def health_sql() -> Any:
    """When the last health certificate ends: the papers say it, and nothing else."""
    paper, mine = beside("worker_paper", column("kind"), column("until"))
    last = select(func.max(paper.c.until)).where(mine, paper.c.kind == "health").correlate(Worker.__table__)
    return type_coerce(last.scalar_subquery(), Date)


def verified_sql() -> Any:
    check, mine = beside("real_name_check", column("state"))
    approved = select(check.c.worker_id).where(mine, check.c.state == "approved").correlate(Worker.__table__)
    return type_coerce(approved.exists(), Boolean)


def presence_sql() -> Any:
    """Whether a carer is free at this moment, on a job, or away."""
    leave, my_leave = beside("worker_leave", column("starts_at"), column("ends_at"))
    visit, my_visit = beside("visit", column("state"), column("starts_at"), column("ends_at"))
    carer, now = Worker.__table__, func.now()
    away = select(leave.c.worker_id).where(my_leave, leave.c.starts_at <= now, leave.c.ends_at > now).correlate(carer).exists()
    begun = visit.c.state.in_(("offered", "accepted")) & (visit.c.starts_at <= now) & (visit.c.ends_at > now)
    out = select(visit.c.worker_id).where(my_visit, visit.c.state.in_(("on_the_way", "on_site")) | begun).correlate(carer).exists()
    found = case((carer.c.active == "left", "left"), (or_(carer.c.active == "leave", away), "leave"), (out, "on_job"), else_="free")
    return type_coerce(found, String(40))


class Worker(Record):
    """A person who goes to the customer. They act by signed links and do not sign in."""

    __label__ = _("Carer")
    __plural__ = _("Carers")
    __icon__ = "ti-heart-handshake"
    __apart__ = ("rating", "pay_rate", "commission", "height", "shift_from", "shift_until")
    __search__ = ("name", "pinyin", "initials", "phone")
    __told__ = ""
    __alike__ = (("phone",), ("name", "district"))
    __table_args__ = (
        CheckConstraint("commission BETWEEN 0 AND 100", name="worker_commission_is_a_part"),
        CheckConstraint("shift_from BETWEEN 0 AND 24 AND shift_until BETWEEN 0 AND 24", name="worker_shift_within_a_day"),
    )
    __refusals__: ClassVar[dict[str, Any]] = {
        "worker_commission_is_a_part": _("The commission is between 0 and 100 per cent."),
        "worker_shift_within_a_day": _("The hours of a shift are from 0 to 24."),
    }

    name: Mapped[Name] = field(_("Name"), personal=True)
    pinyin: Mapped[Name | None] = field(_("Pinyin"), help=RARE, personal=True)
    initials: Mapped[Code | None] = field(_("Initials"), personal=True)
    phone: Mapped[Phone | None] = secret(_("Phone"), "private")
    id_number: Mapped[IdNumber | None] = secret(_("ID number"), "private", unique=True)
    skills: Mapped[Tags] = field(_("Skills"), choices=SKILLS, default=list)
    grade: Mapped[Code] = choice(_("Grade"), GRADES, open=True, default="new")
    active: Mapped[Code] = choice(_("Work"), WORK, tints=WORK_TINTS, default="working")
    district: Mapped[Name | None] = field(_("District"))
    lat: Mapped[Place | None] = field(_("Latitude of home"), "private")
    lng: Mapped[Place | None] = field(_("Longitude of home"), "private")
    rating: Mapped[Number | None] = field(_("Rating"))
    joined_on: Mapped[Day | None] = field(_("Joined on"))
    health_until: Mapped[Day | None] = computed(_("Health certificate until"), "basic", health_sql)
    verified: Mapped[Flag] = computed(_("Real name checked"), "basic", verified_sql)
    presence: Mapped[Code] = computed(_("Right now"), "basic", presence_sql, choices=NOW, tints=NOW_TINTS)
    pay_rate: Mapped[Money] = field(_("Pay per hour"), "cost", default=Decimal(0))
    mode: Mapped[Code] = choice(_("Cooperation"), MODES, default="employee", server_default="employee")
    commission: Mapped[Number | None] = field(_("Commission in per cent"), "cost", help=PART)
    gender: Mapped[Code | None] = choice(_("Gender"), GENDERS)
    birthday: Mapped[Day | None] = field(_("Birthday"), "private")
    native_place: Mapped[Name | None] = field(_("Native place"))
    height: Mapped[Number | None] = field(_("Height in cm"))
    dialects: Mapped[Tags] = field(_("Languages spoken"), choices=DIALECTS, default=list, server_default="{}")
    wechat: Mapped[Name | None] = field(_("WeChat"), "private", personal=True)
    address: Mapped[Name | None] = field(_("Address"), "private", personal=True)
    emergency: Mapped[Name | None] = field(_("Whom to call in need"), "private", personal=True)
    emergency_phone: Mapped[Phone | None] = secret(_("Their phone"), "private")
    marital: Mapped[Code | None] = choice(_("Marital status"), MARITAL, "private")
    areas: Mapped[Tags] = field(_("Serves in"), default=list, server_default="{}", help=_("Districts. Empty: everywhere."))
    shift_days: Mapped[Tags] = field(_("Works on"), choices=DAYS, default=list, server_default="{}", help=_("Empty: on any day."))
    shift_from: Mapped[Number | None] = field(_("Works from, hour"), help=_("For example 8, or 8.5 for half past eight."))
    shift_until: Mapped[Number | None] = field(_("Works until, hour"))

    def __str__(self) -> str:
        return self.name

    def facts(self) -> dict[str, str]:
        """What messages about this carer may say."""
        return {"name": self.name}

    @validates("name")
    def spell(self, _name: str, name: str) -> str:
        self.pinyin, self.initials = pinyin_of(name or ""), initials_of(name or "")
        return name
