"""Whether this installation is well, in words that say what to do; and the same as a text for whoever is asked for help."""

from __future__ import annotations

import io
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response, current_app, request
from flask_appbuilder import expose
from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.config import VERSION
from app.engine.clock import now
from app.engine.current import current, tenant_id
from app.engine.outbox import Notice
from app.engine.record import record_named
from app.engine.second import SecondFactor
from app.engine.tasks import FAILED, RUNNING, Task
from app.engine.tenant import Tenant
from app.extensions import db, storage
from app.web.health import database, waiting
from app.web.screen import Screen, administers, allowed

LATE, LONG, LATELY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=7)
APART = 2.0  # seconds between the clocks of two machines that are still the same time
MANY = 500  # jobs that wait
WELL, CARE, BAD = "done", "wait", "bad"  # how a line stands, by the name of its colour


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, how it stands, what was found, and what to do when it is not well."""

    label: Any
    state: str
    found: Any
    remedy: Any = ""


class DiagnosticsScreen(Screen):
    """``/help/diagnostics``: for administrators. It changes nothing, and tells nothing of people."""

    @expose("/help/diagnostics")
    @allowed(administers)
    def diagnostics(self) -> Any:
        return self.render("diagnostics.html", checks=list(checks()), page_title=_("Diagnostics"))

    @expose("/help/diagnostics.txt")
    @allowed(administers)
    def text(self) -> Any:
        """The same in English, for a mail to whoever helps."""
        with force_locale("en"):
            lines = [f"{c.state:5} {c.label}: {c.found}{f'  ->  {c.remedy}' if c.state != WELL and c.remedy else ''}" for c in checks()]
        text = "\n".join([f"Jiahe {VERSION}, {now():%Y-%m-%d %H:%M} UTC", *lines, ""])
        return Response(text, mimetype="text/plain", headers={"Content-Disposition": 'attachment; filename="jiahe-diagnostics.txt"'})


def checks() -> Iterator[Check]:
    """Everything that is looked at, the foundations first."""
    yield Check(_("Version"), WELL, f"{VERSION} · Python {platform.python_version()}")
    yield base()
    yield clocks()
    seen = waiting()  # of the queue, asked once
    yield helpers(seen)
    yield ticker(seen)
    for look in LOOKS:
        yield look()


def base() -> Check:
    if database() != "ok":
        return Check(_("Database"), BAD, _("does not answer"), _("Start it, and look at its log."))
    return Check(_("Database"), WELL, f"PostgreSQL {db.session.scalar(select(func.current_setting('server_version')))}")


def clocks() -> Check:
    there = db.session.scalar(select(func.clock_timestamp()))
    apart = abs((now() - there).total_seconds())
    found = _("%(n)s seconds apart", n=f"{apart:.1f}")
    remedy = _("Let both machines keep time by a time server.")
    return Check(_("Clocks of program and database"), WELL if apart <= APART else BAD, found, remedy)


def helpers(seen: dict[str, Any]) -> Check:
    if seen["queue"] != "ok":
        return Check(_("Queue"), BAD, _("does not answer"), _("Start it: notices, imports and long work wait for it."))
    if not seen["workers"]:
        return Check(_("Queue"), BAD, _("nobody works"), _("Start a worker: flask work."))
    state = WELL if seen["waiting"] < MANY else CARE
    found = _("%(workers)s workers, %(jobs)s jobs wait", workers=seen["workers"], jobs=seen["waiting"])
    return Check(_("Queue"), state, found, _("Start more workers."))


def ticker(seen: dict[str, Any]) -> Check:
    if seen["ticker"] != "ok":
        return Check(_("Ticker"), BAD, _("is silent"), _("Start it: flask tick. Reminders and time limits depend on it."))
    return Check(_("Ticker"), WELL, _("ticks"))


def notices() -> Check:
    late = db.session.scalar(
        select(func.count()).select_from(Notice).where(Notice.done_at.is_(None), Notice.failed_at.is_(None), Notice.due_at < now() - LATE)
    )
    failed = db.session.scalar(select(func.count()).select_from(Notice).where(Notice.failed_at > now() - LATELY))
    found = _("%(late)s late, %(failed)s given up in a week", late=late, failed=failed)
    return Check(_("Notices"), WELL if not (late or failed) else CARE, found, _("Look whether workers run and mail goes out."))


def tasks() -> Check:
    failed, stuck = (
        db.session.scalar(select(func.count()).select_from(Task).where(*what)) or 0
        for what in ((Task.state == FAILED, Task.ended_at > now() - LATELY), (Task.state == RUNNING, Task.begun_at < now() - LONG))
    )
    found = _("%(failed)s failed in a week, %(stuck)s run for over an hour", failed=failed, stuck=stuck)
    return Check(_("Long work"), WELL if not (failed or stuck) else CARE, found, _("Whoever began it sees the reason under My tasks."))


def files() -> Check:
    try:
        stored = storage().put(tenant_id(), io.BytesIO(b"jiahe"))
        storage().drop(stored.key)
    except OSError as problem:
        found = _("cannot be written (%(why)s)", why=type(problem).__name__)
        return Check(_("Files"), BAD, found, _("Make room, or give the program the right to write there."))
    return Check(_("Files"), WELL, _("can be written"))


def mail() -> Check:
    if not current_app.config["SMTP_URL"]:
        return Check(_("Mail"), CARE, _("is not set up"), _("Set SMTP_URL: until then lists by mail and mail notices stay here."))
    return Check(_("Mail"), WELL, _("is set up"))


def address() -> Check:
    if request.is_secure or request.remote_addr in ("127.0.0.1", "::1"):
        return Check(_("Connection"), WELL, _("sealed (https)") if request.is_secure else _("on this machine"))
    return Check(_("Connection"), BAD, _("open to readers on the way"), _("Put a server with a certificate in front, and set PUBLIC_URL."))


def company() -> Check:
    """Known passwords are for looking around, and for nothing else."""
    own = db.session.get(Tenant, current().tenant_id)
    if own is None or not own.sample:
        return Check(_("Sample data"), WELL, _("none: this is a real company"))
    remedy = _("Its passwords are known to everybody. Begin a new database with SAMPLE=0 before real people are in it.")
    return Check(_("Sample data"), CARE, _("this is a sample company"), remedy)


def administrators() -> Check:
    staff = record_named("staff")
    here = staff.tenant_id == tenant_id(), staff.active.is_(True), staff.roles.contains(["admin"])
    people = set(db.session.scalars(select(staff.id).where(*here)))
    sure = set(db.session.scalars(select(SecondFactor.staff_id).where(SecondFactor.confirmed_at.is_not(None))))
    found = _("%(n)s of %(all)s administrators", n=len(people & sure), all=len(people))
    return Check(_("Second factor"), WELL if people <= sure else CARE, found, _("Everybody turns it on in the menu under their own name."))


LOOKS: tuple[Callable[[], Check], ...] = (notices, tasks, files, mail, address, company, administrators)
