"""The trail on a page: everything that was done in the company, newest first, and whether its chain is whole."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, request, send_file
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from xlsxwriter import Workbook

from app.engine import values
from app.engine.audit import AuditEntry
from app.engine.clock import bounds, local, today
from app.engine.current import acting, current, tenant_id, trusted
from app.engine.errors import Refused
from app.engine.record import record_named, records
from app.engine.seal import AuditSeal
from app.engine.shroud import open_all
from app.engine.tenant import Tenant
from app.extensions import db, queue
from app.web import witness
from app.web.asked import number
from app.web.cells import moment
from app.web.enter import page
from app.web.screen import Screen, administers, allowed
from app.web.trail_lines import Change, kind_of, lines
from app.web.trail_words import BREAKS, PLATFORM, VERBS
from app.web.transfer import XLSX

SIZE, BATCH, LARGEST = 50, 500, 20_000  # entries of a page, of a query of the file, of a file
AT_ONCE = 200_000  # entries that are checked while the reader waits
PEOPLE = 2000
ASKED = ("company", "person", "kind", "action", "from", "to", "record")
HEADINGS = (_("When"), _("Done by"), _("What was done"), _("Kind"), _("Record"), _("Details"), _("Network address"))


class TrailScreen(Screen):
    """``/trail/``, for administrators; head office may look into every company's."""

    doors = [(93, _("Trail"), "ti-history", "/trail/", administers)]

    @expose("/trail/")
    @allowed(administers)
    def trail(self) -> Any:
        rows = entries(SIZE + 1, number("after", None))
        company, asked = chosen(), {n: request.args[n] for n in ASKED if request.args.get(n)}
        following = urlencode(asked | {"after": rows[SIZE - 1].id}) if len(rows) > SIZE else ""
        return page(
            "trail.html", lines=[(line, moment(line.at)) for line in lines(rows[:SIZE])], asked=asked, following=following,
            first=urlencode(asked), later="after" in request.args, people=people(company), kinds=kinds(), companies=companies(),
            company=company, verbs=VERBS, badge=badge(company), mine=company == tenant_id(), page_title=_("Trail"),
        )  # fmt: skip

    @expose("/trail/export.xlsx")
    @allowed(administers)
    def export(self) -> Any:
        """The filtered trail as a workbook; it says the same as the page."""
        file, count = workbook()
        with acting(all_tenants=False):  # head office notes it in its own book
            changes = {"rows": count, "fields": [], "filter": {n: request.args[n][:80] for n in ASKED if request.args.get(n)}}
            db.session.add(AuditEntry(model="AuditEntry", record_id=0, made=0, action="export", changes=changes))
            db.session.commit()
        return send_file(file, XLSX, as_attachment=True, download_name=f"trail-{today():%Y%m%d}.xlsx")

    @expose("/trail/check", methods=["POST"])
    @allowed(administers)
    def check(self) -> Any:
        """Check the chain of one's own company from its first seal."""
        covered = select(func.sum(AuditSeal.entries)).where(AuditSeal.tenant_id == tenant_id())
        if (db.session.scalar(covered) or 0) > AT_ONCE:
            queue().enqueue("app.jobs.sealing.check", tenant_id(), result_ttl=0, job_timeout=3600)
            flash(_("The trail is long. It is being checked; look again in a few minutes."), "success")
        elif witness.check().whole:
            flash(_("The trail is whole: nothing was changed, removed or put in."), "success")
        else:
            flash(_("The trail does not fit its seals."), "danger")
        return redirect("/trail/")


def entries(most: int, after: int | None) -> list[Any]:
    """The newest entries that are asked for, before one."""
    query = select(AuditEntry).where(AuditEntry.tenant_id == chosen(), *conditions())
    if after is not None:
        query = query.where(AuditEntry.id < after)
    return open_all(db.session, list(db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(most))))


def conditions() -> list[Any]:
    """The filters of the address. Raises ``Refused`` for a day or number that is none."""
    args, found = request.args, []
    if (person := number("person", None)) is not None:
        found.append(AuditEntry.created_by == person)
    if (record := number("record", None)) is not None:
        found.append(AuditEntry.record_id == record)
    found += [column == args[n] for n, column in (("kind", AuditEntry.model), ("action", AuditEntry.action)) if args.get(n)]
    if args.get("from"):
        found.append(AuditEntry.created_at >= bounds(values.day(args["from"]))[0])
    if args.get("to"):
        found.append(AuditEntry.created_at < bounds(values.day(args["to"]))[1])
    return found


def chosen() -> int:
    """Whose trail: one's own, or at head office that of the company that was asked for."""
    return (number("company", None) if current().all_tenants else None) or tenant_id()


def companies() -> list[tuple[int, str]]:
    """The companies to choose from; nobody but head office sees more than one."""
    return [(t.id, str(t)) for t in db.session.scalars(select(Tenant).order_by(Tenant.id))] if current().all_tenants else []


def people(company: int) -> list[tuple[int, str]]:
    staff = record_named("staff")
    query = select(staff.id, staff.name).where(staff.tenant_id == company).order_by(staff.active.desc(), staff.name).limit(PEOPLE)
    with trusted("trail"):
        return [(pk, name) for pk, name in db.session.execute(query)]


def kinds() -> list[tuple[str, str]]:
    return [(m.__name__, kind_of(m, m.__name__)) for m in records() if not m.__platform__ or m.__name__ in PLATFORM]


def badge(company: int) -> dict[str, Any]:
    """What the last check found: nothing yet, whole up to a moment, or each place where the chain breaks."""
    state = witness.kept(company)
    upto = witness.upto(state)
    broken = [
        {"seal": seal, "what": str(BREAKS.get(what, what)), "entries": "、".join(map(str, pks))}
        for seal, what, pks in state.get("breaks", ())
    ]
    return {"broken": broken, "upto": moment(upto) if upto else "", "checked": bool(state)}


def workbook() -> tuple[BytesIO, int]:
    """The file, and how many entries are in it. Raises ``Refused`` for more than one file holds."""
    some = select(AuditEntry.id).where(AuditEntry.tenant_id == chosen(), *conditions()).limit(LARGEST + 1).subquery()
    if (db.session.scalar(select(func.count()).select_from(some)) or 0) > LARGEST:
        raise Refused(_("This is more than %(n)s rows. Narrow the list with a filter, then export again.", n=LARGEST))
    file, row, after = BytesIO(), 0, None
    with Workbook(file, {"constant_memory": True}) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for column, heading in enumerate(HEADINGS):
            sheet.set_column(column, column, 18)
            sheet.write_string(0, column, str(heading), bold)
        while found := entries(BATCH, after):
            for line in lines(found):
                row += 1
                told = "; ".join(filter(None, [line.text, *map(in_a_cell, line.changes)]))
                cells = (f"{local(line.at):%Y-%m-%d %H:%M:%S}", line.who, line.verb, line.kind, line.name, told, line.address)
                for column, text in enumerate(cells):
                    sheet.write_string(row, column, text[:32_000])
            after = found[-1].id
    file.seek(0)
    return file, row


def in_a_cell(change: Change) -> str:
    if change.hidden:
        return f"{change.label}: {_('changed')}"
    return f"{change.label}: {f'{change.before} → ' if change.before else ''}{change.after or _('emptied')}"
