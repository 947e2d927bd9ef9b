"""The templates of a company: those that are shipped, those it made its own, and one of all fields for every type of record."""

from __future__ import annotations

import secrets
from dataclasses import asdict, replace
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import String, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine.audit import AuditEntry
from app.engine.current import tenant_id
from app.engine.errors import Missing
from app.engine.fields import fields_of
from app.engine.printing.papers import A4, Template
from app.engine.record import STAMPS, Record
from app.engine.wordlist import both

ALL_FIELDS = _("All fields")
CARD = "card"  # the code of the template that every type of record has
KEPT = ("name", "name_en", "paper", "width", "height", "margins", "copies", "language", "first", "archived", "body")
SHIPPED: dict[str, list[Template]] = {}  # name of the record class -> templates


class PrintTemplate(Record):
    """A template that a company made, or a shipped one as the company changed it: that has the code of the shipped one."""

    __platform__ = True
    __audited__ = False  # :func:`keep` tells the trail in words
    __unique__ = (("model", "code"),)
    model: Mapped[str] = mapped_column(String(60))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    paper: Mapped[str] = mapped_column(String(20))
    width: Mapped[int] = mapped_column(default=0)  # mm
    height: Mapped[int] = mapped_column(default=0)  # mm
    margins: Mapped[list[int]] = mapped_column(JSONB, default=list)  # mm: top, right, bottom, left
    copies: Mapped[list[str]] = mapped_column(JSONB, default=list)  # captions
    language: Mapped[str] = mapped_column(String(5), default="")
    first: Mapped[bool] = mapped_column(default=False)
    archived: Mapped[bool] = mapped_column(default=False)
    body: Mapped[str] = mapped_column(Text)


def ship(template: Template) -> None:
    """Offer a template to every company."""
    SHIPPED.setdefault(template.model, []).append(template)


def card(model: Any) -> Template:
    """All fields below one another, made from the model, so that every type of record can be printed at once."""
    cells = [(n, "| picture " if f.kind(model, n) == "signature" else "") for n, f in fields_of(model).items() if n not in STAMPS]
    rows = "\n".join(
        f"{{% if {n} | seen %}}<tr><th>{{{{ {n} | label }}}}</th><td>{{{{ {n} {how}}}}}</td></tr>{{% endif %}}" for n, how in cells
    )
    body = (
        "<h1>{{ print.kind }} {{ print.title }}</h1>\n"
        f'<table widths="28 72">\n{rows}\n</table>\n'
        '<footer><table widths="70 30" lines="none"><tr><td>{{ print.company }} · {{ print.by }} · {{ print.at }}</td>'
        '<td align="right">{{ print.page }} / {{ print.pages }}</td></tr></table></footer>\n'
    )
    return Template(model.__name__, CARD, *both(ALL_FIELDS), A4, body=body)


def shipped(model: Any) -> list[Template]:
    return [*SHIPPED.get(model.__name__, []), card(model)]


def rows(session: Session, model: Any) -> dict[str, PrintTemplate]:
    """The company's own rows by code."""
    mine = PrintTemplate.tenant_id == tenant_id(), PrintTemplate.model == model.__name__
    return {row.code: row for row in session.scalars(select(PrintTemplate).where(*mine).order_by(PrintTemplate.id))}


def templates(session: Session, model: Any, *, archived: bool = False) -> list[Template]:
    """Those of a type of record: the company's default first."""
    own, base = rows(session, model), {t.code: t for t in shipped(model)}
    found = [made(own[code], shipped=True) if code in own else one for code, one in base.items()]
    found += [made(row) for code, row in own.items() if code not in base]
    return sorted((t for t in found if archived or not t.archived), key=lambda t: not t.first)


def made(row: PrintTemplate, *, shipped: bool = False) -> Template:
    """A row as what is printed by."""
    values = {n: getattr(row, n) for n in KEPT} | {"margins": tuple(row.margins), "copies": tuple(row.copies)}
    return Template(row.model, row.code, shipped=shipped, changed=shipped, version=row.version, **values)


def template(session: Session, model: Any, code: str, *, archived: bool = False) -> Template:
    """One of them, or the first for no code. Raises ``Missing``."""
    found = templates(session, model, archived=archived)
    one = next((t for t in found if not code or t.code == code), None)
    if one is None:
        raise Missing(_("There is no such print template."))
    return one


def keep(session: Session, model: Any, new: Template) -> PrintTemplate:
    """Keep a template of the company's, and tell the trail what differs; the caller has checked it, and commits."""
    own = rows(session, model)
    before = next((t for t in templates(session, model, archived=True) if t.code == new.code), None)
    row = own.get(new.code) or PrintTemplate(model=model.__name__, code=new.code)
    for name in KEPT:
        value = getattr(new, name)
        setattr(row, name, list(value) if isinstance(value, tuple) else value)
    session.add(row)
    tell(session, model, new.code, before, new)
    if new.first:
        for other in [t for t in templates(session, model, archived=True) if t.first and t.code != new.code]:
            keep(session, model, replace(other, first=False))
    session.flush()
    return row


def restore(session: Session, model: Any, code: str) -> None:
    """The shipped template again. Raises ``Missing`` where nothing was changed."""
    row, base = rows(session, model).get(code), next((t for t in shipped(model) if t.code == code), None)
    if row is None or base is None:
        raise Missing(_("There is no such print template."))
    tell(session, model, code, made(row), base)
    session.delete(row)
    session.flush()


def tell(session: Session, model: Any, code: str, before: Template | None, after: Template) -> None:
    """An entry of the trail: each part that differs, before and after."""
    old, new = asdict(before) if before else {}, asdict(after)
    changes = {n: [said(old.get(n)), said(new[n])] for n in KEPT if said(old.get(n)) != said(new[n])}
    if changes:
        reason = f"{after.name} ({code})"
        session.add(AuditEntry(model=model.__name__, record_id=0, made=0, action="template", reason=reason, changes=changes))


def said(value: Any) -> str:
    return "" if value in (None, False) else " ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


def new_code() -> str:
    return "own-" + secrets.token_hex(4)
