"""Records printed by a template into one PDF, as the acting person may see them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import force_locale, get_locale
from flask_babel import lazy_gettext as _
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy.orm import Session

from app.engine import policy
from app.engine.audit import told
from app.engine.clock import local, now
from app.engine.current import acting, current
from app.engine.errors import Forbidden
from app.engine.present import label
from app.engine.printing import language, markup, names
from app.engine.printing.errors import BadTemplate
from app.engine.printing.filling import Filling, Markup
from app.engine.printing.filters import FILTERS, wrong
from app.engine.printing.font import loaded
from app.engine.printing.pages import draw, laid
from app.engine.printing.papers import Template
from app.engine.printing.papers import check as check_paper
from app.engine.printing.signed import signed_path
from app.engine.record import record_named
from app.engine.tenant import Tenant

MOST_PAGES = 3000  # of one file
FULL = _("This would be more than %(n)s pages. Print fewer rows at once.", n=f"{MOST_PAGES:,}")
Progress = Callable[[int], None]


def check(template: Template, model: Any) -> None:
    """Raises ``BadTemplate`` with the line and the reason, before anything is kept."""
    check_paper(template)
    names.check(language.parse(template.body), model, wrong)
    markup.check(template.body)


def allowed(model: Any, record: Any = None) -> None:
    """Raises ``Forbidden`` for whoever may not print such a record."""
    if not policy.may(model, "can:print", record):
        raise Forbidden


def printed(session: Session, template: Template, found: Iterable[Any], base: str, progress: Progress) -> tuple[bytes, list[Any]]:
    """The PDF of some records, each beginning on a page of its own and counted by itself; and those records, for :func:`note`.

    Raises ``Forbidden`` if one of them may not be printed, ``BadTemplate`` when the template does not come to an end.
    """
    file, done = io.BytesIO(), list[Any]()
    loaded()
    with force_locale(template.language or str(get_locale() or "zh")):
        canvas = Canvas(file, pageCompression=1, invariant=1)
        canvas.setCreator("Jiahe")
        parts, pages = language.parse(template.body), 0
        for n, record in enumerate(found, 1):
            allowed(type(record), record)
            if n == 1:
                canvas.setTitle(f"{template.called(str(get_locale() or 'zh'))} {label(record)}")
            for copy in template.copies or ("",):
                sheet = laid(canvas, template, *filled(session, parts, record, facts(session, record, copy, base)))
                pages += len(sheet.pages)
                if pages > MOST_PAGES:
                    raise BadTemplate(FULL)
                draw(canvas, sheet)
            done.append(record)
            progress(n)
        canvas.save()
    return file.getvalue(), done


def filled(session: Session, parts: list[Any], record: Any, words: dict[str, Any]) -> tuple[markup.Node, list[bytes]]:
    filling = Filling(session, record, words, FILTERS)
    return markup.read(filling.fill(parts)), filling.pictures


def note(session: Session, template: Template, found: list[Any]) -> None:
    """Tell the trail of each record that it was printed, and by what; the entry says who and when."""
    with acting(all_tenants=False):  # head office reads everybody's rows, and notes it in its own book
        session.add_all([told(record, "print", template.name) for record in found])
        session.flush()


def facts(session: Session, record: Any, copy: str, base: str) -> dict[str, Any]:
    """The words about the print itself."""
    who, tongue = current(), str(get_locale() or "zh")[:2]
    slot = "printing", record.tenant_id
    if slot not in who.memo:
        person = session.get(record_named("staff"), who.actor_id) if who.actor_id else None
        who.memo[slot] = session.get(Tenant, record.tenant_id), label(person) if person is not None else ""
    company, by = who.memo[slot]
    called = (company.name_en if tongue == "en" else "") or company.name if company else ""
    zh, _slash, en = copy.partition("/")
    path = f"/{record.__tablename__}/show/{record.id}"
    return {
        "company": called, "at": f"{local(now()):%Y-%m-%d %H:%M}", "by": by, "copy": (en if tongue == "en" else "") or zh,
        "lang": tongue, "title": label(record), "kind": str(record.__label__), "url": base + path, "signed": base + signed_path(record),
        "page": Markup("<pageno>"), "pages": Markup("<pages>"),
    }  # fmt: skip

