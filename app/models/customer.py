"""Customers: the people and families we serve."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import DateTime, column, func, select, table, type_coerce
from sqlalchemy.orm import Mapped, Session, validates

from app.engine import vault
from app.engine.current import tenant_id, trusted
from app.engine.fields import Code, Day, IdNumber, Moment, Name, Note, Phone, Place, choice, computed, field, key, link, secret
from app.engine.record import Record
from app.models.pinyin import initials_of, pinyin_of
from app.models.worker import Worker

GENDERS = {"female": _("Female"), "male": _("Male")}
LEVELS = {"vip": _("VIP"), "ordinary": _("Ordinary"), "one_off": _("One-off"), "past": _("Past")}
ATTENTION = {"1": _("Key"), "2": _("Watch"), "3": _("Active"), "4": _("Normal"), "5": _("Dormant")}
ATTENTION_TINTS = {"1": "bad", "2": "wait", "3": "plan", "4": "draft"}
SOURCES = {
    "phone": _("Phone"),
    "referral": _("Referral"),
    "hospital": _("Hospital"),
    "web": _("Web"),
    "shop": _("Walk-in"),
    "app": _("App"),
    "platform": _("Partner platform"),
}
STAGES = {"lead": _("Lead"), "active": _("Served"), "paused": _("On hold"), "past": _("Former")}
STAGE_TINTS = {"lead": "plan", "active": "run", "paused": "pause", "past": "off"}
INDUSTRIES = {
    "household": _("Private household"),
    "hospital": _("Hospital or clinic"),
    "care_home": _("Care home"),
    "office": _("Office"),
    "school": _("School"),
    "hotel": _("Hotel or restaurant"),
}

RARE = _("Made from the name. Correct it where a name is read in a rare way.")


def contacted_sql() -> Any:
    """When somebody last talked to a customer; before the first talk, when the record was opened."""
    talk = table("followup", column("tenant_id"), column("customer_id"), column("talked_at"))
    mine = Customer.__table__
    same = (talk.c.tenant_id == mine.c.tenant_id) & (talk.c.customer_id == mine.c.id)
    last = select(func.max(talk.c.talked_at)).where(same).correlate(mine).scalar_subquery()
    return type_coerce(func.coalesce(last, mine.c.created_at), DateTime(timezone=True))


class Customer(Record):
    """Someone we serve. A household shares a phone, so a phone is not unique: see :func:`same_phone`."""

    __label__ = _("Customer")
    __plural__ = _("Customers")
    __icon__ = "ti-users"
    __search__ = ("name", "pinyin", "initials", "phone")
    __told__ = ""
    __alike__ = (("phone",), ("name", "address"), ("name", "district"))
    __within__: ClassVar[dict[str, str]] = {"district": "city"}

    name: Mapped[Name] = field(_("Name"), personal=True)
    pinyin: Mapped[Name | None] = field(_("Pinyin"), help=RARE, personal=True)
    initials: Mapped[Code | None] = field(_("Initials"), personal=True)
    gender: Mapped[Code | None] = choice(_("Gender"), GENDERS)
    birthday: Mapped[Day | None] = field(_("Birthday"), "private")
    phone: Mapped[Phone | None] = secret(_("Phone"), "private")
    id_number: Mapped[IdNumber | None] = secret(_("ID number"), "private", unique=True)
    attention: Mapped[Code] = choice(_("Attention"), ATTENTION, tints=ATTENTION_TINTS, open=True, default="4")
    level: Mapped[Code] = choice(_("Class"), LEVELS, open=True, default="ordinary")
    stage: Mapped[Code] = choice(_("Customer state"), STAGES, tints=STAGE_TINTS, open=True, default="lead", server_default="lead")
    industry: Mapped[Code | None] = choice(_("Industry"), INDUSTRIES, open=True)
    source: Mapped[Code] = choice(_("Source"), SOURCES, open=True, default="phone")
    city: Mapped[Name | None] = field(_("City"))
    district: Mapped[Name | None] = field(_("District"))
    address: Mapped[Name | None] = field(_("Address"), personal=True)
    door: Mapped[Name | None] = field(_("Building and door"), "private")
    lat: Mapped[Place | None] = field(_("Latitude"))
    lng: Mapped[Place | None] = field(_("Longitude"))
    contact: Mapped[Name | None] = field(_("Family contact"), personal=True)
    contact_phone: Mapped[Phone | None] = secret(_("Family contact's phone"), "private")
    habits: Mapped[Note | None] = field(_("Habits"))
    diet: Mapped[Note | None] = field(_("Diet"))
    preferred_id: Mapped[int | None] = key("worker")
    preferred: Mapped[Worker | None] = link(_("Preferred carer"), help=_("Asked for in each new order."))
    standing: Mapped[Note | None] = field(_("Standing notes"), help=_("Stand in each new order, until somebody writes others."))
    contacted_at: Mapped[Moment] = computed(_("Last contact"), "basic", contacted_sql)
    remark: Mapped[Note | None] = field(_("Remark"), "internal")

    def __str__(self) -> str:
        return self.name

    @validates("name")
    def spell(self, _name: str, name: str) -> str:
        self.pinyin, self.initials = pinyin_of(name or ""), initials_of(name or "")
        return name


def belongs(record: Any, session: Session) -> Customer | None:
    """Give a new record to whom its customer belongs to. The caller is trusted."""
    with session.no_autoflush:
        customer: Customer | None = record.customer or session.get(Customer, record.customer_id or 0)
        if customer is not None:
            record.store_id, record.owner_id = customer.store_id, customer.owner_id
    return customer


def same_phone(session: Session, phone: str) -> list[Customer]:
    """Everybody of this tenant with that phone, whoever owns them: a warning before a second file is opened.

    The rows may be out of the actor's reach: the caller shows the names of customer and owner, and nothing else.
    """
    with trusted("same phone"):
        same = vault.same(Customer.__table__.c.phone_hash, vault.normal(phone), "hash", tenant_id())
        return list(session.scalars(select(Customer).where(same).order_by(Customer.id).limit(20)))
