"""The rules of reminders on a screen: which day, how long before or after, who is told, what is done along with it."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine import conditions, policy
from app.engine.compare import fits
from app.engine.conditions import leaves
from app.engine.current import current, tenant_id, trusted
from app.engine.errors import Invalid, Missing, Refused
from app.engine.fields import Secret, fields_of
from app.engine.query import ask
from app.engine.record import records
from app.engine.reminders import MOMENTS, OWNER, ROLE, SHIPPED, ReminderRule, begin, works
from app.engine.rules import role_names
from app.extensions import db
from app.web.screen import Screen, administers, allowed

STAGES, LONGEST_LEAD, TITLE, LONGEST = 6, 366, 120, 1000
NUMBER = re.compile(r"\d{1,4}(\.\d{1,2})?")


class ReminderRulesScreen(Screen):
    """``/reminders/rules/``: for administrators. A shipped rule is changed and switched off; one's own can be removed."""

    @expose("/reminders/rules/")
    @allowed(administers)
    def index(self) -> Any:
        return self.show()

    @expose("/reminders/rules/add", methods=["POST"])
    @allowed(administers)
    def add(self) -> Any:
        return self.keep(ReminderRule(code="", model="", field=""))

    @expose("/reminders/rules/<int:pk>", methods=["POST"])
    @allowed(administers)
    def change(self, pk: int) -> Any:
        return self.keep(found(pk))

    @expose("/reminders/rules/<int:pk>/delete", methods=["POST"])
    @allowed(administers)
    def delete(self, pk: int) -> Any:
        rule = found(pk)
        if rule.code in SHIPPED:
            raise Refused(_("This rule came with the program: switch it off instead."))
        if rule.ran_at is not None:
            rule.active = False
            words = _("It has made reminders, so it is switched off and kept.")
        else:
            db.session.delete(rule)
            words = _("“%(name)s” was deleted.", name=str(rule))
        db.session.commit()
        flash(words, "success")
        return redirect("/reminders/rules/")

    def keep(self, rule: Any) -> Any:
        sent = request.form.to_dict()
        try:
            put(rule, sent, request.form.getlist("told"))
            db.session.add(rule)
            db.session.commit()
        except Refused as refused:
            db.session.rollback()
            wrong = {n: str(w) for n, w in getattr(refused, "fields", {}).items()}
            return self.show(sent | {"id": rule.id or "new"}, wrong or {"": str(refused)}, refused.status)
        flash(_("Saved. It holds from the next minute."), "success")
        return redirect(f"/reminders/rules/#rule-{rule.id}")

    def show(self, sent: Any = None, wrong: Any = None, status: int = 200) -> Any:
        if not (current().all_tenants or current().read_only):
            with trusted("reminders"):
                begin(db.session)
            db.session.commit()
        there = select(ReminderRule).where(ReminderRule.tenant_id == tenant_id()).order_by(ReminderRule.id)
        rows = [described(r) for r in db.session.scalars(there)]
        made = self.render(
            "reminder_rules.html", page_title=_("Rules of reminders"), rules=rows, fields=fields(), roles=list(role_names().items()),
            sent=sent or {}, wrong=wrong or {},
        )  # fmt: skip
        return made, status


def found(pk: int) -> Any:
    rule = db.session.get(ReminderRule, pk) if pk < 2**31 else None
    if rule is None or rule.tenant_id != tenant_id():
        raise Missing
    return rule


def fields() -> list[tuple[str, str]]:
    """Every day and moment that a rule may go by, of what the administrator can read: (``customer.birthday``, its words)."""
    made = []
    for model in records():
        if not model.__platform__ and policy.opens(model):
            known = fields_of(model)
            names = [n for n in policy.comparable(model) if known[n].kind(model, n) in MOMENTS and not isinstance(known[n], Secret)]
            made += [(f"{model.__tablename__}.{n}", f"{model.__plural__ or model.__label__}: {known[n].label}") for n in names]
    return made


def described(rule: Any) -> dict[str, Any]:
    model = rule.kind
    label = fields_of(model)[rule.field].label if works(rule) else rule.field
    after = min(rule.days, default=0) < 0
    return {
        "id": rule.id, "name": str(rule), "shipped": rule.code in SHIPPED,
        "of": f"{model.__plural__ or model.__label__}: {label}" if model else "",
        "days": ", ".join(str(abs(d)) for d in rule.days), "after": after, "yearly": rule.yearly, "told": rule.told, "asked": rule.asked,
        "title": rule.title, "title_en": rule.title_en, "again": rule.again, "active": rule.active, "first": rule.first,
        "more": rule.more or {}, "offers": bool(SHIPPED[rule.code].more) if rule.code in SHIPPED else False,
        "version": rule.version,
    }  # fmt: skip


def put(rule: Any, sent: dict[str, str], told: list[str]) -> None:
    """Take what the form says. Raises ``Invalid`` naming everything that is wrong."""
    wrong = chosen(rule, sent) if not rule.code else {}
    days = [d for d in re.split(r"[\s,，、]+", sent.get("days", "").strip()) if d]
    after = "after" in sent
    if not days or len(days) > STAGES or not all(whole(d) for d in days):
        wrong["days"] = _("Write up to %(n)s numbers of days, such as 30, 15, 7.", n=STAGES)
    elif after and rule.yearly:
        wrong["days"] = _("A day that comes every year is told before it.")
    if not told or set(told) - {OWNER, *(f"{ROLE}{code}" for code in role_names())}:
        wrong["told"] = _("Choose who is told.")
    again, asked = sent.get("again", "").strip() or "0", sent.get("asked", "").strip()
    if not whole(again):
        wrong["again"] = _("Write a number of days, for example 7.")
    try:
        check(rule, asked)
    except Refused as refused:
        wrong["asked"] = str(refused)
    more = offered(rule, sent, wrong)
    if wrong:
        raise Invalid(wrong)
    rule.days = sorted({-int(d) if after else int(d) for d in days}, reverse=True)
    rule.told, rule.again, rule.asked = sorted(set(told)), int(again), asked
    rule.title, rule.title_en = (sent.get(n, "").strip()[:TITLE] for n in ("title", "title_en"))
    rule.active, rule.first, rule.ran_at = "active" in sent, "first" in sent, None
    rule.more = more or rule.more


def whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and int(text) <= LONGEST_LEAD


def chosen(rule: Any, sent: dict[str, str]) -> dict[str, Any]:
    """Which day of which records a new rule goes by; what is wrong with the rest. Raises ``Invalid`` where there is no such day."""
    if sent.get("of", "") not in {value for value, _word in fields()}:
        raise Invalid({"of": _("Choose one from the list.")})
    table, _dot, name = sent["of"].partition(".")
    model = next(m for m in records() if m.__tablename__ == table)
    rule.model, rule.field = model.__name__, name
    rule.yearly = "yearly" in sent and fields_of(model)[name].kind(model, name) == "day"
    rule.code = f"own_{secrets.token_hex(8)}"
    return {} if sent.get("title", "").strip() else {"title": _("Needed.")}


def offered(rule: Any, sent: dict[str, str], wrong: dict[str, Any]) -> dict[str, Any]:
    """What the deed of a shipped rule needs; ``wrong`` gets what is no number."""
    begins = dict(SHIPPED[rule.code].more) if rule.code in SHIPPED else {}
    made = {n: sent.get(f"more_{n}", "").strip() for n in begins if n != "visit"}
    wrong |= {f"more_{n}": _("Write a number.") for n, v in made.items() if v and not NUMBER.fullmatch(v)}
    if begins and not made.get("days"):
        wrong["more_days"] = _("Write a number.")
    return made | {"visit": "more_visit" in sent} if begins else {}


def check(rule: Any, asked: str) -> None:
    """Whether a question can be asked of the rule's records, by this administrator. Raises ``Refused``."""
    if len(asked) > LONGEST:
        raise Refused(_("This question is too long. Ask for less at once."))
    tree = conditions.parse(asked)
    for leaf in leaves(tree):
        if "." not in leaf.path:
            fits(rule.kind, leaf.path, leaf.how, leaf.value)
    ask(rule.kind, tree)
